"""Owns one attribute as it is typed into a form: read into a definition, and written back as text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from marketplace.catalogue.attributes.errors import BadSchema
from marketplace.catalogue.attributes.schemas import AttributeForm, AttributeIn, OptionIn
from marketplace.kernel.errors import FieldError
from marketplace.kernel.http.wording import field_error
from marketplace.kernel.i18n import LOCALES, lazy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from marketplace.catalogue.taxonomy.schemas import CategoryAttribute

REMOVE: Final = "remove"
S = TypeVar("S", bound=msgspec.Struct)
NO_RANK: Final = lazy("Give a whole number from 0 to 99, or nothing.")


def as_sent(about: CategoryAttribute) -> AttributeIn:
    """Give a definition that stands as it would be sent."""
    return AttributeIn(
        key=about.key, kind=about.kind, labels=dict(about.labels), unit=about.unit, is_required=about.is_required, telling_rank=about.telling_rank,  # type: ignore[arg-type]
        options=[OptionIn(value=one.value, labels=dict(one.labels)) for one in about.options], is_facet=about.is_facet,
        minimum=None if about.minimum is None else f"{about.minimum:f}", maximum=None if about.maximum is None else f"{about.maximum:f}",
    )  # fmt: skip


def typed(about: CategoryAttribute | None, *, after: int, is_own: bool) -> AttributeForm:
    """Give the form of a definition; one that is inherited is said anew under its key."""
    if about is None:
        return AttributeForm(kind="text", after=after)
    rank = "" if about.telling_rank is None else str(about.telling_rank)
    lines = ["|".join((one.value, *(one.labels.get(locale, "") for locale in LOCALES))).rstrip("|") for one in about.options]
    sent = as_sent(about)
    return AttributeForm(
        was=about.key if is_own else "", key=about.key, kind=about.kind, label_en=about.labels.get("en", ""), label_vi=about.labels.get("vi", ""),
        label_ar=about.labels.get("ar", ""), unit=about.unit, minimum=sent.minimum or "", maximum=sent.maximum or "", options="\n".join(lines),
        telling_rank=rank, is_required=about.is_required, is_facet=about.is_facet, after=after,
    )  # fmt: skip


def with_typed(own: Sequence[CategoryAttribute], sent: AttributeForm) -> tuple[list[AttributeIn], int]:
    """Give the own attributes with the typed one in its place (or gone), and that place. Raises: BadSchema."""
    found = [as_sent(one) for one in own]
    place = next((at for at, one in enumerate(found) if one.key == sent.was), len(found)) if sent.was else len(found)
    if sent.step.startswith(REMOVE):
        return [one for at, one in enumerate(found) if at != place], -1
    found[place : place + 1] = [_definition(sent, place)]
    return found, place


def _definition(sent: AttributeForm, place: int) -> AttributeIn:
    rank = sent.telling_rank.strip()
    at = f"/attributes/{place}"
    if rank and not (rank.isascii() and rank.isdigit() and len(rank) <= 2):  # noqa: PLR2004 - ranks go to 99
        raise BadSchema(errors=(FieldError(f"{at}/telling_rank", "no-rank", NO_RANK),))
    labels = {locale: text for locale in LOCALES if (text := getattr(sent, f"label_{locale}").strip())}
    given: dict[str, Any] = {
        "key": sent.key.strip(), "kind": sent.kind, "labels": labels, "unit": sent.unit.strip(), "minimum": sent.minimum.strip() or None,
        "maximum": sent.maximum.strip() or None, "is_required": sent.is_required, "is_facet": sent.is_facet, "telling_rank": int(rank) if rank else None,
        "options": [_option(line) for line in sent.options.splitlines() if line.strip()],
    }  # fmt: skip
    return readable(AttributeIn, given, at=at)


def readable(target: type[S], given: Mapping[str, Any], *, at: str = "") -> S:
    """Read plain values into a Struct. Raises: BadSchema, with the pointer of what cannot be read."""
    try:
        return msgspec.convert(dict(given), target)
    except msgspec.ValidationError as error:
        found = field_error(error)
        raise BadSchema(errors=(found._replace(pointer=f"{at}{found.pointer}"),)) from None


def _option(line: str) -> dict[str, Any]:
    value, *labels = (part.strip() for part in line.split("|"))
    return {"value": value, "labels": {locale: text for locale, text in zip(LOCALES, labels, strict=False) if text}}
