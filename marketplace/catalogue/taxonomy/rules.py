"""Owns the pure rules of the tree: what is inherited, who stands below whom, and the order among siblings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from marketplace.catalogue.taxonomy.errors import BadCategory
from marketplace.kernel.errors import Faults, FieldError
from marketplace.kernel.i18n import LOCALES, lazy
from marketplace.kernel.names import clean_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from marketplace.catalogue.taxonomy.schemas import Category, CategoryAttribute

LEVELS_MAX: Final = 8
NO_ENGLISH: Final = lazy("Give an English name; other languages fall back to it.")
NO_LANGUAGE: Final = lazy("Names are kept in these languages: {languages}.")


def inherited(categories: Iterable[Category], own: Mapping[UUID, tuple[CategoryAttribute, ...]]) -> dict[UUID, Category]:
    """Give the categories, parents first, with their paths, their own attributes and those they have with what they inherit, in the order of inheritance."""
    found: dict[UUID, Category] = {}
    for one in categories:
        parent = found[one.parent_id] if one.parent_id else None
        above = {attribute.key: attribute for attribute in (parent.attributes if parent else ())}
        mine = own.get(one.id, ())
        attributes = above | {attribute.key: attribute for attribute in mine}
        path = (*(parent.path if parent else ()), one.id)
        found[one.id] = msgspec.structs.replace(one, path=path, attributes=tuple(attributes.values()), own=mine)
    return found


def below(tree: Iterable[Category], category_id: UUID) -> list[Category]:
    """Give a category and all below it, parents first."""
    return [one for one in tree if category_id in one.path]


def moved(tree: Sequence[Category], category_id: UUID, parent_id: UUID | None) -> list[Category]:
    """Give the tree, parents first, as it would be with one category and all below it under another parent that is not below it."""
    branch = [msgspec.structs.replace(one, parent_id=parent_id) if one.id == category_id else one for one in below(tree, category_id)]
    others = [one for one in tree if category_id not in one.path]
    return list(inherited((*others, *branch), {one.id: one.own for one in tree}).values())


def ordered(tree: Sequence[Category], under: Category | None) -> list[Category]:
    """Give a branch, or the whole tree, as it is read down a page: each category before what stands below it, siblings in their order."""
    children: dict[UUID | None, list[Category]] = {}
    for one in tree:
        children.setdefault(one.parent_id, []).append(one)
    found: list[Category] = []
    open_ones = [under] if under is not None else children.get(None, [])[::-1]
    while open_ones:
        one = open_ones.pop()
        found.append(one)
        open_ones += children.get(one.id, [])[::-1]
    return found


def placed(siblings: Sequence[UUID], moved: UUID, place: int | None) -> list[UUID]:
    """Put one among its siblings at a place, behind them where it is None or too far."""
    others = [one for one in siblings if one != moved]
    at = len(others) if place is None else min(place, len(others))
    return [*others[:at], moved, *others[at:]]


def clean_names(names: Mapping[str, str]) -> dict[str, str]:
    """Give the names that are there, cleaned. Raises: BadCategory, naming each field."""
    found: dict[str, str] = {}
    errors = Faults()
    if set(names) - set(LOCALES):
        errors.append(FieldError("/names", "no-such-language", NO_LANGUAGE, {"languages": ", ".join(LOCALES)}))
    for locale in LOCALES:
        given = names.get(locale, "").strip()
        with errors.kept():
            if given:
                found[locale] = clean_name(given, pointer=f"/names/{locale}")
    if "en" not in found and not any(one.pointer == "/names/en" for one in errors):
        errors.append(FieldError("/names/en", "empty", NO_ENGLISH))
    errors.refuse(BadCategory)
    return found
