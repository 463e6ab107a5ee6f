"""Owns the words of the schema pages: kinds, faults, a definition in one line, and the fields of a form that was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.catalogue.attributes import service
from marketplace.kernel import formatting
from marketplace.kernel.http.forms import Fields, told, told_rows
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.i18n import ngettext

if TYPE_CHECKING:
    from marketplace.catalogue.taxonomy.schemas import CategoryAttribute
    from marketplace.kernel.errors import DomainError
    from marketplace.kernel.http.request import MarketRequest


def kinds() -> dict[str, str]:
    """Name the kinds of attributes."""
    return {
        "text": _("text"), "number": _("number"), "enum": _("one of a list"), "bool": _("yes or no"), "date": _("date"), "range": _("range of numbers"),
    }  # fmt: skip


def faults() -> dict[str, str]:
    """Name what can be wrong with a value."""
    return {
        "missing": _("missing"), "wrong-type": _("of another kind"), "not-an-option": _("not one of the options"),
        "outside-range": _("outside the range"), "unit": _("in another unit"),
    }  # fmt: skip


def asked(about: CategoryAttribute, *, locale: str) -> str:
    """Tell in one line what a definition asks of a value."""
    parts = [kinds()[about.kind]]
    low, high = (None if end is None else formatting.number(end, locale=locale) for end in (about.minimum, about.maximum))
    if low is not None or high is not None:
        bounds = f"{low}\u2013{high}" if low is not None and high is not None else f"\u2265 {low}" if low is not None else f"\u2264 {high}"
        parts.append(service.with_unit(bounds, about, locale=locale))
    elif about.unit:
        parts.append(service.with_unit("", about, locale=locale).strip())
    if about.options:
        parts.append(ngettext("%(n)s option", "%(n)s options", len(about.options)))
    return ", ".join(parts)


def rows(about: CategoryAttribute | None, *, locale: str) -> list[tuple[str, str]]:
    """Tell all that a definition says, as names and values, for two versions beside each other."""
    if about is None:
        return []
    yes, no = _("yes"), _("no")
    labels = " · ".join(f"{formatting.language(one, locale=locale)}: {text}" for one, text in about.labels.items())
    found = [
        (_("Labels"), labels),
        (_("Kind"), asked(about, locale=locale)),
        (_("Options"), ", ".join(one.value for one in about.options)),
        (_("Needed"), yes if about.is_required else no),
        (_("In lists"), "" if about.telling_rank is None else str(about.telling_rank)),
        (_("Filter for buyers"), yes if about.is_facet else no),
    ]
    return [(name, value) for name, value in found if value]


def fields(error: DomainError, request: MarketRequest, *, place: int | None) -> Fields:
    """Give the messages by field of the form of the attribute at a place; what concerns another one stands without a field."""
    if not error.errors:
        return told(error, request)
    at = f"attributes/{place}/"
    found = Fields()
    for name, words in told_rows(error, request).items():
        inside = name.removeprefix(at) if name.startswith(at) else ("reason" if name == "reason" else "")
        found.setdefault(inside.replace("labels/", "label_").split("/")[0], words)
    return found
