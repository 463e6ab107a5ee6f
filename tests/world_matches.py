"""Owns the products of the tests' world that are the same: two that were merged, and two that wait for the operator."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from marketplace.catalogue.matches import service as matches
from marketplace.catalogue.products import service as products
from marketplace.catalogue.products.schemas import NewProduct
from tests.world import NOW
from vendors.disputes import service as disputes
from vendors.disputes.schemas import DisputeIn
from vendors.offers import service as offers
from vendors.offers.schemas import OwnFilter

if TYPE_CHECKING:
    from marketplace.world.people import Login

Ids = dict[str, dict[str, dict[str, str]]]
PATTERN = "+brand +part_number +title"


async def merge_twins(logins: dict[str, Login], ids: Ids) -> None:
    """Make four products of one brand: two are merged, and two wait."""
    at = NOW - timedelta(hours=2)
    new = [
        NewProduct(source="twins", source_id=f"{number}-{name}", title=f"Zwirn gasket {number}", brand="Zwirn", part_number=f"ZG-{number}")
        for number in (31, 47)
        for name in ("A", "B")
    ]
    made = (await products.create_products(new, now=at)).ids
    await matches.look_at(made, now=at)
    merge = await matches.merge(kept_id=made[0], gone_id=made[1], actor=logins["operator"].actor, now=at)
    waits = await matches.pair(made[2], made[3])
    said = DisputeIn(title="Ball bearing 6204, sealed", reason="Ours is sealed on both sides.", brand="Nordwind", part_number="6204-2RS")
    for place, name in (("own", "supplier_a"), ("foreign", "supplier_b")):
        actor = logins[name].actor
        offer_id = (await offers.own_offers(OwnFilter(limit=9), actor=actor, now=at))[-1].fact.offer_id
        made_dispute = await disputes.dispute(offer_id, said, actor=actor, now=at)
        for caller, known in ids[place].items():
            if place == "own" or caller != "operator":
                known["dispute"] = str(made_dispute.id)
    ids["foreign"]["operator"]["dispute"] = ids["own"]["operator"]["dispute"]
    for side in ids.values():
        for known in side.values():
            known |= {"merge": str(merge.id), "match": str(waits.id), "twin_low": str(waits.low_id), "twin_high": str(waits.high_id)}
