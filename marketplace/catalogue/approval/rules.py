"""Owns which rule decides on which field of which supplier. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketplace.catalogue.approval.schemas import RuleIn
from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.i18n import lazy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from marketplace.catalogue.approval.schemas import Record, RuleForm, RuleOut

# What tells a product from others is always looked at: title words may change by rule, its numbers, brand and category never.
RULED: Final = ("description", "attributes", "weight_grams", "volume_cm3", "title")
ATTRIBUTE: Final = "attributes."
NEEDED: Final = lazy("Say why, in a sentence or two.")
UNKNOWN: Final = lazy("Choose one of the fields that rules may decide on.")


def covering(fields: Iterable[str], rules: Sequence[RuleOut], *, supplier_id: UUID, record: Record) -> dict[str, RuleOut]:
    """Give by field the rule by which a change of it holds at once; fields that somebody has to look at are left out."""
    found = {}
    for field in fields:
        rule = _deciding(field, rules, supplier_id)
        if rule is not None and rule.is_automatic and _is_met(rule, record):
            found[field] = rule
    return found


def _deciding(field: str, rules: Sequence[RuleOut], supplier_id: UUID) -> RuleOut | None:
    """Give the rule that decides: one for the supplier before one for all, one for the attribute before one for attributes."""
    names = (field, "attributes") if field.startswith(ATTRIBUTE) else (field,)
    for owner in (supplier_id, None):
        for name in names:
            for rule in rules:
                if rule.field == name and rule.supplier_id == owner and rule.ended_at is None:
                    return rule
    return None


def _is_met(rule: RuleOut, record: Record) -> bool:
    return record.accepted >= rule.accepted_min and 100 * record.accepted >= rule.percent_min * record.decided


def typed(form: RuleForm) -> RuleIn:
    """Give the rule that a form describes. Raises: InvalidInput beside each field that cannot be."""
    errors = []
    if form.field not in RULED and not (form.field.startswith(ATTRIBUTE) and " " not in form.field and len(ATTRIBUTE) < len(form.field) <= 90):  # noqa: PLR2004 - a key has 80
        errors.append(FieldError("/field", "unknown-field", UNKNOWN))
    if not form.reason.strip():
        errors.append(FieldError("/reason", "reason-needed", NEEDED))
    if errors:
        raise InvalidInput(errors=tuple(errors))
    return RuleIn(
        field=form.field, reason=form.reason, supplier_id=form.supplier_id, is_automatic=form.is_automatic != "no",
        accepted_min=form.accepted_min, percent_min=form.percent_min,
    )  # fmt: skip


def checked(sent: RuleIn) -> str:
    """Give the reason in one line. Raises: InvalidInput for none, or one that hides something."""
    reason = " ".join(sent.reason.split())
    if not reason or not reason.isprintable():
        raise InvalidInput(errors=(FieldError("/reason", "reason-needed", NEEDED),))
    return reason
