"""Owns what the operator of the tests' world keeps in the catalogue: a published version of what ball valves are asked, and a file that waits."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from marketplace.catalogue.attributes import service as attributes
from marketplace.catalogue.attributes.schemas import SchemaIn
from marketplace.catalogue.imports import service as imports
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction
from marketplace.kernel.ids import uuid7
from marketplace.kernel.sheets_in.schemas import Limits, Mapping, Sent
from tests.world import NOW

if TYPE_CHECKING:
    from marketplace.kernel.actor import Actor


async def catalogue_ids(operator: Actor) -> dict[str, str]:
    """Publish a version, and give the ids of what the matrix asks for."""
    category = await taxonomy.category_by_slug("ball-valves")
    sent = SchemaIn(
        attributes=[attributes.as_sent(replace(one, maximum=Decimal(1000)) if one.key == "pressure" else one) for one in category.own],
        after=0,
        reason="No valve bears more.",
    )
    made = await attributes.publish(category.id, sent, actor=operator, now=NOW - timedelta(hours=3))
    flag_id = uuid7()
    async with transaction(actor=WORKER) as held:
        await held.execute(
            "INSERT INTO catalogue.number_flags (id, product_id, key, value, usual_low, usual_high, median, n, category_id, found_at, state) "
            "SELECT $1, id, 'pressure', 4000, 10, 40, 16, 24, category_id, $3, 'open' FROM catalogue.products WHERE category_id = $2 ORDER BY id LIMIT 1",
            *(flag_id, category.id, NOW - timedelta(hours=3)),
        )
    content = b"source_id,title\nWORLD-1,World bearing\n"
    looked = await imports.look(Sent(name="products.csv", content=content), limits=Limits())
    run = await imports.take_in(looked, source="operator", locales=Mapping(), actor=operator, now=NOW - timedelta(hours=2))
    await imports.advance(run.id, now=NOW - timedelta(hours=2))
    return {"number_flag": str(flag_id), "category_id": str(category.id), "schema_version": str(made.id), "product_import": str(run.id)}
