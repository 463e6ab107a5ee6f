"""Owns what the operator of the tests' world keeps in the catalogue: a published version of what ball valves are asked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from marketplace.catalogue.attributes import service as attributes
from marketplace.catalogue.attributes.rules_typed import as_sent
from marketplace.catalogue.attributes.schemas import SchemaIn
from marketplace.catalogue.taxonomy import service as taxonomy
from tests.world import NOW

if TYPE_CHECKING:
    from marketplace.kernel.actor import Actor


async def catalogue_ids(operator: Actor) -> dict[str, str]:
    """Publish a version, and give the ids of what the matrix asks for."""
    category = await taxonomy.category_by_slug("ball-valves")
    sent = SchemaIn(attributes=[replace(as_sent(one), is_facet=True) for one in category.own], after=0, reason="Buyers filter by all of them.")
    made = await attributes.publish(category.id, sent, actor=operator, now=NOW - timedelta(hours=3))
    return {"category_id": str(category.id), "schema_version": str(made.id)}
