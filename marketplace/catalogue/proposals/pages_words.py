"""Owns the words of proposals: the names of fields, and their values as people write and read them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from marketplace.catalogue.attributes import service as attributes
from marketplace.catalogue.proposals import service
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.units import service as units
from marketplace.kernel import formatting
from marketplace.kernel.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from marketplace.catalogue.products.schemas import FieldValue
    from marketplace.catalogue.proposals.schemas import ChangeOut, Part
    from marketplace.catalogue.taxonomy.schemas import Category, CategoryAttribute

ATTRIBUTE = "attributes."
LONG = frozenset({"description"})
CODES = frozenset({"part_number", "gtin"})


class Input(NamedTuple):
    """One field of the form. `kind` is line, lines, whole, number, bool, date, text or choice; `held` is what the product holds, as it is typed."""

    name: str
    label: str
    kind: str
    held: str = ""
    unit: str = ""
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    is_required: bool = False
    length_max: int = 500


class Words(NamedTuple):
    """What words of one category need: its attributes by key, the names of all categories by slug and of units by code, and the reader's language."""

    about: Mapping[str, CategoryAttribute]
    categories: Mapping[str, str]
    units: Mapping[str, str]
    locale: str

    def label(self, field: str) -> str:
        """Name a field."""
        if field.startswith(ATTRIBUTE):
            key = field.removeprefix(ATTRIBUTE)
            return self.about[key].label(self.locale) if key in self.about else key.replace("_", " ").capitalize()
        return {
            "title": _("Title"), "brand": _("Brand"), "part_number": _("Part number"), "gtin": _("GTIN"), "category": _("Category"), "unit_code": _("Unit"),
            "weight_grams": _("Weight"), "volume_cm3": _("Volume"), "description": _("Description"), "attributes": _("Attributes"),
        }.get(field, field)  # fmt: skip

    def value(self, field: str, value: FieldValue) -> str:
        """Write a value for readers, "" for nothing."""
        if value is None:
            return ""
        if field.startswith(ATTRIBUTE):
            return attributes.written(value, self.about.get(field.removeprefix(ATTRIBUTE)), locale=self.locale)
        if field == "category":
            return self.categories.get(str(value), str(value))
        if field == "unit_code":
            return self.units.get(str(value), str(value))
        if field == "weight_grams":
            return formatting.weight(int(value))
        return f"{formatting.number(int(value))} cm³" if field == "volume_cm3" else str(value)


async def words(slug: str | None, *, locale: str) -> Words:
    """Give the words of a category, named by its slug; without one the attributes go by their keys."""
    tree = await taxonomy.tree()
    category = next((one for one in tree if one.slug == slug), None)
    return Words(
        {about.key: about for about in (category.attributes if category else ())},
        {one.slug: one.name(locale) for one in tree},
        {code: unit.name(locale) for code, unit in (await units.units()).items()},
        locale,
    )


def category_options(tree: Iterable[Category], *, locale: str) -> list[tuple[str, str]]:
    """List the categories to choose from, each below those that it stands under: children behind their parents, indented by their depth."""
    known = list(tree)
    children: dict[object, list[Category]] = {}
    for one in known:
        children.setdefault(one.parent_id, []).append(one)
    found: list[tuple[str, str]] = []

    def walk(parent: object) -> None:
        for one in children.get(parent, ()):
            found.append((one.slug, "\u2003" * (len(one.path) - 1) + one.name(locale)))
            walk(one.id)

    walk(None)
    return found


def as_typed(value: FieldValue) -> str:
    """Write a value as it is typed into a form."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else format(Decimal(str(value)), "f")


def inputs(held: Mapping[str, FieldValue], said: Words, categories: list[tuple[str, str]]) -> tuple[list[Input], list[Input]]:
    """Give the fields of the form: what every product has, and its attributes, those of the category first and then what it holds beside them."""
    units_named = [(code, f"{name} ({code})") for code, name in said.units.items()]
    plain = [
        Input("title", said.label("title"), "line", is_required=True, hint=_("What it is, with the sizes that tell it from others")),
        Input("brand", said.label("brand"), "line", length_max=120),
        Input("part_number", said.label("part_number"), "line", length_max=120, hint=_("The maker's number, as it stands on the product")),
        Input("gtin", said.label("gtin"), "line", length_max=20, hint=_("The digits under the bar code")),
        Input("category", said.label("category"), "choice", options=(("", _("not sorted yet")), *categories)),
        Input("unit_code", said.label("unit_code"), "choice", options=tuple(units_named), is_required=True),
        Input("weight_grams", said.label("weight_grams"), "whole", unit=_("g a unit"), length_max=10),
        Input("volume_cm3", said.label("volume_cm3"), "whole", unit=_("cm³ a unit"), length_max=10),
        Input("description", said.label("description"), "lines", length_max=20_000),
    ]
    keys = [*said.about, *sorted(name.removeprefix(ATTRIBUTE) for name in held if name.startswith(ATTRIBUTE))]
    telling = [_attribute(key, held.get(f"{ATTRIBUTE}{key}"), said) for key in dict.fromkeys(keys)]
    return [one._replace(held=as_typed(held.get(one.name))) for one in plain], telling


def _attribute(key: str, value: FieldValue, said: Words) -> Input:
    name, about = f"{ATTRIBUTE}{key}", said.about.get(key)
    made = Input(name, said.label(name), "text", held=as_typed(value))
    if about is None:
        return made._replace(kind=service.kind_of(value) or "text")
    made = made._replace(
        kind=about.kind,
        unit=attributes.with_unit("", about, locale=said.locale).strip(),
        is_required=about.is_required,
        hint=_bounds(about, said.locale),
    )
    if about.kind == "enum":
        options = tuple((one.value, about.option_label(one.value, said.locale)) for one in about.options)
        return made._replace(kind="choice", options=(("", _("not known")), *options))
    return made._replace(hint=_("Such as 10..20")) if about.kind == "range" else made


def _bounds(about: CategoryAttribute, locale: str) -> str:
    low, high = (None if end is None else formatting.number(end, locale=locale) for end in (about.minimum, about.maximum))
    if low is not None and high is not None:
        return _("From %(low)s to %(high)s", low=low, high=high)
    if low is not None:
        return _("%(low)s or more", low=low)
    return "" if high is None else _("%(high)s or less", high=high)


class Row(NamedTuple):
    """One field of a change set for readers, with the parts of both texts, those that differ marked."""

    field: str
    label: str
    old: list[Part]
    new: list[Part]
    is_accepted: bool | None
    is_code: bool


def rows(changes: Iterable[object], said: Words) -> list[Row]:
    """Give the fields of a change set or of a history for readers; what stands where nothing was is not marked, since all of it is new."""
    found = []
    for one in changes:
        field: str = one.field  # type: ignore[attr-defined]
        old, new = (said.value(field, value) for value in (one.old, one.new))  # type: ignore[attr-defined]
        left, right = service.marked(old, new)
        if not old:
            right = [part._replace(is_changed=False) for part in right]
        found.append(Row(field, said.label(field), left, right, getattr(one, "is_accepted", None), field in CODES))
    return found


def in_order(changes: Iterable[ChangeOut], said: Words) -> list[ChangeOut]:
    """Give the fields of a change set as a form asks for them: attributes in the order of their category, behind what every product has."""
    order = {f"{ATTRIBUTE}{key}": number for number, key in enumerate(said.about)}
    return sorted(changes, key=lambda one: (service.place(one.field)[0], order.get(one.field, len(order)), one.field))
