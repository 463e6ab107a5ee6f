"""Owns how rules and their evidence are said to people, in the reader's language."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from marketplace.catalogue.sorting.schemas import Rule, RuleIn
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.i18n import ngettext

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.catalogue.sorting.schemas import Look

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def as_rule(sent: RuleIn, *, rule_id: UUID) -> Rule:
    """Give a rule that is not published yet in the shape of one that is, behind all others of its priority."""
    return Rule(
        id=rule_id,
        category_id=sent.category_id,
        kind=sent.kind,
        key=sent.key,
        phrase=sent.phrase,
        priority=sent.priority,
        origin="published",
        learned_from=0,
        found=0,
        is_active=True,
        created_at=NEVER,
        version=1,
    )


def as_sent(rule: Rule) -> RuleIn:
    """Give a rule as it was published."""
    return RuleIn(kind=rule.kind, key=rule.key, phrase=rule.phrase, category_id=rule.category_id, priority=rule.priority)


def is_same(rule: Rule, sent: RuleIn) -> bool:
    """Tell whether a rule has the same words and category."""
    return (rule.kind, rule.key, rule.phrase, rule.category_id) == (sent.kind, sent.key, sent.phrase, sent.category_id)


def of_rule(rule: Rule) -> str:
    """Say what a rule goes by: title says "networking cable"."""
    if rule.kind == "type":
        return _("title says “%(phrase)s”", phrase=rule.phrase)
    if rule.kind == "brand":
        return _("brand is “%(phrase)s”", phrase=rule.phrase)
    if rule.phrase:
        return _("%(key)s is “%(phrase)s”", key=rule.key.replace("_", " "), phrase=rule.phrase)
    return _("%(key)s is given", key=rule.key.replace("_", " "))


def of_place(look: Look, rule: Rule | None, *, stands: int, is_placed: bool) -> str:
    """Say the evidence of where a product stands, with how many others stand by the same rule."""
    if not is_placed:
        return _("It came with this category from its source.") if look.category_id else _("No rule meets it, and nobody has placed it.")
    if look.decided_by == "operator":
        return _("A change set gave it this category.") if look.evidence.get("how") == "change set" else _("An operator placed it here.")
    if rule is None:
        return ""
    how, phrase = look.evidence.get("how"), rule.phrase
    about = ngettext("%(n)s product stands by this rule", "%(n)s products stand by this rule", stands)
    if how == "begins":
        return _("Title begins “%(phrase)s” after brand and model; %(about)s.", phrase=phrase, about=about)
    if how == "ends":
        return _("The name ends with “%(phrase)s”; %(about)s.", phrase=phrase, about=about)
    return f"{of_rule(rule)}; {about}."
