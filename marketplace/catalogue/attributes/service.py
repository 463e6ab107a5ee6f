"""Owns the use case that all writers of products share: check attributes by the schema of a category."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.catalogue.attributes import rules, rules_words
from marketplace.catalogue.taxonomy import service as taxonomy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from marketplace.catalogue.attributes.schemas import Fault

written, with_unit = rules_words.written, rules_words.with_unit
FAULTS = rules.FAULTS


async def check(category_id: UUID | None, attributes: Mapping[str, object], *, locale: str = "en") -> tuple[Fault, ...]:
    """Tell what is wrong with the attributes of a product of a category, inherited attributes included; () where nothing is.

    A product without a category, or of one that is not there, is free. Attributes that the schema does not name are free. `locale` words the labels.
    """
    return (await checker(locale=locale))(category_id, attributes)


async def checker(*, locale: str = "en") -> Callable[[UUID | None, Mapping[str, object]], tuple[Fault, ...]]:
    """Give `check` as a plain function over the schemas as they are now, for writers of thousands of products."""
    schemas = {one.id: one.attributes for one in await taxonomy.tree()}

    def checked(category_id: UUID | None, attributes: Mapping[str, object]) -> tuple[Fault, ...]:
        of_category = schemas.get(category_id, ()) if category_id is not None else ()
        return rules.faults(attributes, of_category, locale=locale) if of_category else ()

    return checked
