"""Owns the demo's products that stand in the catalogue twice: some wait for the operator, one was merged by hand and one by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from marketplace.catalogue.matches import service as matches
from marketplace.catalogue.products import service as products
from marketplace.catalogue.products.schemas import NewProduct
from vendors.disputes import service as disputes
from vendors.disputes.schemas import DisputeIn
from vendors.offers import service as offers
from vendors.offers.schemas import OwnFilter

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.world.market import Market

SAID = DisputeIn(
    title="Ball bearing 6204, sealed on both sides, C3",
    reason="Ours has more play (C3) than the product that it stands on; two buyers sent it back.",
    brand="Nordwind",
    part_number="6204-2RS/C3",
)
# As a distributor's list tells them: other titles, and what only that list knows.
TITLES = ("{title} ({brand})", "{brand} {part_number}", "{title}, boxed", "{title}")


async def make_twins(market: Market, operator: Actor, *, now: datetime) -> None:
    """Let a second source name a few products again, look for pairs, and merge two of them."""
    chosen = [product_id for product_id, _ in market.products[40:240:25]]
    at = now - timedelta(hours=20)
    new: list[NewProduct] = []
    named: list[UUID] = []
    for place, product_id in enumerate(chosen):
        one = await products.live_product(product_id)
        title = TITLES[place % len(TITLES)].format(title=one.title, brand=one.brand, part_number=one.part_number)
        twin = NewProduct(
            source="Hanse distribution",
            source_id=f"HD-{4100 + place}",
            title=title,
            brand=one.brand,
            part_number=one.part_number.replace("-", " "),
            gtin=one.gtin if place == 0 else None,
            category_id=one.category_id,
            unit_code=one.unit_code,
            description="Packed singly.",
        )
        new.append(twin)
        named.append(product_id)
    made = (await products.create_products(new, now=at)).ids
    await matches.look_at(made, now=at)
    await _dispute(market.suppliers[0].login.actor, now=now - timedelta(hours=5))
    await matches.merge(kept_id=named[1], gone_id=made[1], actor=operator, now=now - timedelta(hours=3))


async def _dispute(supplier: Actor, *, now: datetime) -> None:
    """Let a supplier say that one of its offers stands on the wrong product."""
    oldest = (await offers.own_offers(OwnFilter(limit=20), actor=supplier, now=now))[-1]
    await disputes.dispute(oldest.fact.offer_id, SAID, actor=supplier, now=now)
