"""Owns the rules of schemas: whether definitions make sense, what differs between two, and whose products a change concerns. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from marketplace.catalogue.attributes.errors import BadSchema
from marketplace.catalogue.attributes.schemas import AttributeOut, Change
from marketplace.catalogue.taxonomy.schemas import CategoryAttribute, Option
from marketplace.kernel.errors import Faults, FieldError
from marketplace.kernel.i18n import LOCALES, lazy
from marketplace.kernel.names import clean_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from uuid import UUID

    from marketplace.catalogue.attributes.schemas import AttributeIn, OptionIn
    from marketplace.catalogue.taxonomy.schemas import Category

MEASURED: Final = ("number", "range")
TWICE: Final = lazy("The key “{key}” stands twice.")
NO_ENGLISH: Final = lazy("Give an English label; other languages fall back to it.")
NO_LANGUAGE: Final = lazy("Labels are kept in these languages: {languages}.")
NO_UNIT: Final = lazy("Only numbers and ranges have a unit and bounds.")
BAD_UNIT: Final = lazy("A unit is a sign such as mm, without digits at its beginning and without marks that cannot be seen.")
NOT_IN_ORDER: Final = lazy("The least is not above the most.")
NO_OPTIONS: Final = lazy("Give at least one option.")
NO_ENUM: Final = lazy("Only a list of options has options.")
OPTION_TWICE: Final = lazy("The option “{value}” stands twice.")
BAD_OPTION: Final = lazy("The option “{value}” begins or ends with a space, or holds a mark that cannot be seen.")


def checked(sent: Sequence[AttributeIn]) -> tuple[CategoryAttribute, ...]:
    """Give the definitions to keep. Raises: BadSchema, with a pointer such as /attributes/2/unit for each fault."""
    errors = Faults()
    made: list[CategoryAttribute] = []
    for place, one in enumerate(sent):
        at = f"/attributes/{place}"
        if any(one.key == other.key for other in sent[:place]):
            errors.append(FieldError(f"{at}/key", "duplicate-key", TWICE, {"key": one.key}))
        labels = _labels(one.labels, f"{at}/labels", errors)
        if "en" not in labels and not any(error.pointer == f"{at}/labels/en" for error in errors):
            errors.append(FieldError(f"{at}/labels/en", "empty", NO_ENGLISH))
        errors += _measured(one, at)
        made.append(
            CategoryAttribute(
                key=one.key, kind=one.kind, unit=one.unit.strip(), labels=labels, is_required=one.is_required, telling_rank=one.telling_rank,
                options=_options(one, at, errors), minimum=_bound(one.minimum), maximum=_bound(one.maximum), is_facet=one.is_facet,
            )
        )  # fmt: skip
    del errors[50:]
    errors.refuse(BadSchema)
    return tuple(made)


def _bound(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _labels(given: Mapping[str, str], at: str, errors: Faults) -> dict[str, str]:
    found = {}
    if set(given) - set(LOCALES):
        errors.append(FieldError(at, "no-such-language", NO_LANGUAGE, {"languages": ", ".join(LOCALES)}))
    for locale in LOCALES:
        with errors.kept():
            if (text := given.get(locale, "").strip()) != "":
                found[locale] = clean_name(text, pointer=f"{at}/{locale}")
    return found


def _measured(one: AttributeIn, at: str) -> Iterator[FieldError]:
    unit = one.unit.strip()
    if one.kind not in MEASURED and (unit or one.minimum is not None or one.maximum is not None):
        yield FieldError(f"{at}/{'unit' if unit else 'minimum' if one.minimum is not None else 'maximum'}", "not-measured", NO_UNIT)
    if unit and (unit[0].isdigit() or not unit.isprintable()):
        yield FieldError(f"{at}/unit", "bad-unit", BAD_UNIT)
    if one.minimum is not None and one.maximum is not None and Decimal(one.minimum) > Decimal(one.maximum):
        yield FieldError(f"{at}/maximum", "not-in-order", NOT_IN_ORDER)


def _options(one: AttributeIn, at: str, errors: Faults) -> tuple[Option, ...]:
    at = f"{at}/options"
    if one.kind == "enum" and not one.options:
        errors.append(FieldError(at, "no-options", NO_OPTIONS))
    if one.kind != "enum" and one.options:
        errors.append(FieldError(at, "no-enum", NO_ENUM))
    return tuple(_option(option, one.options[:place], at, errors) for place, option in enumerate(one.options))


def _option(one: OptionIn, before: Sequence[OptionIn], at: str, errors: Faults) -> Option:
    if one.value != one.value.strip() or not one.value.isprintable():
        errors.append(FieldError(at, "bad-option", BAD_OPTION, {"value": one.value[:40]}))
    if any(one.value == other.value for other in before):
        errors.append(FieldError(at, "duplicate-option", OPTION_TWICE, {"value": one.value[:40]}))
    return Option(one.value, _labels(one.labels, at, errors))


def asks(one: CategoryAttribute) -> CategoryAttribute:
    """Give what a definition asks of values, without how it is told and shown."""
    return replace(one, labels={}, telling_rank=None, is_facet=False, options=tuple(Option(option.value) for option in one.options))


def differing(before: Category, after: Category) -> list[tuple[CategoryAttribute | None, CategoryAttribute]]:
    """List the attributes of a category that ask something else than before, as they were and as they would be."""
    was = {one.key: one for one in before.attributes}
    return [(was.get(one.key), one) for one in after.attributes if one.key not in was or asks(was[one.key]) != asks(one)]


def changes(before: Iterable[CategoryAttribute], after: Iterable[CategoryAttribute]) -> list[Change]:
    """List what differs between two versions, in the order of the later one, what is gone at the end."""
    was, now = {one.key: one for one in before}, {one.key: one for one in after}
    keys = [*now, *(key for key in was if key not in now)]
    return [Change(key=key, before=was.get(key), after=now.get(key)) for key in keys if was.get(key) != now.get(key)]


def told(category: Category, tree: Mapping[UUID, Category]) -> tuple[AttributeOut, ...]:
    """Give the attributes that count for a category, each with the category that says it."""
    above = [tree[one] for one in category.path]
    found = []
    for about in category.attributes:
        saying = [one for one in above if any(about.key == mine.key for mine in one.own)]
        is_own = saying[-1].id == category.id
        found.append(AttributeOut(definition=about, from_category=saying[-1].slug, is_own=is_own, is_override=is_own and len(saying) > 1))
    return tuple(found)
