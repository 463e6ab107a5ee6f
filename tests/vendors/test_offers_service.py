"""Tests of offers: what compares, what sells, prices and keys."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from marketplace.kernel.actor import ANONYMOUS, Actor
from marketplace.kernel.errors import InvalidTransition, NotFound, VersionConflict
from marketplace.kernel.ids import uuid7
from tests.conftest import NOW
from tests.vendors import market
from vendors.offers import service
from vendors.offers.errors import NoSuchProduct, NoSuchSite, SkuTaken, TiersNotAscending

if TYPE_CHECKING:
    from marketplace.kernel.database import Connection

pytestmark = pytest.mark.usefixtures("rolled_back")


async def test_comparison_gives_the_facts_of_every_offer_that_sells() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    offer_id = await market.offer(seller, product_id, "H-1", now=NOW, tiers=market.tiers((1, "12.50"), (100, "11.00")), safety=3)
    (fact,) = await service.offers_for_comparison(product_id, now=NOW, viewer=ANONYMOUS)
    assert (fact.offer_id, fact.supplier.name, fact.available, fact.weight_grams) == (str(offer_id), "Hansa Lager", 7, 250)
    assert (fact.tier_from, fact.tier_price) == ([1, 100], ["12.500000", "11.000000"])
    assert (fact.supplier.checks, fact.time_zone, fact.calendar) == (1, "Europe/Berlin", '["DE", "", [1,2,3,4,5], true, [], []]')


async def test_lists_give_the_lowest_price_at_the_minimum_quantity() -> None:
    one, two = await market.shop("Hansa Lager", now=NOW), await market.shop("Anadolu Rulman", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    await market.offer(one, product_id, "H-1", now=NOW, tiers=market.tiers((1, "12.50"), (100, "9.00")))
    await market.offer(two, product_id, "A-1", now=NOW, tiers=market.tiers((1, "13.00"), (10, "11.25")), moq=8, multiple=5)
    summary = (await service.offer_summaries([product_id], now=NOW, viewer=ANONYMOUS, currency="EUR"))[product_id]
    assert (summary.from_price, summary.suppliers, summary.available) == (Decimal("11.250000"), 2, 20)


async def test_a_stale_version_changes_no_price(rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    offer_id = await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW)
    with pytest.raises(VersionConflict):
        await service.set_price(offer_id, tiers=market.tiers((1, "1.00")), version=7, actor=seller.actor, now=NOW)
    assert await rolled_back.fetchval("SELECT count(*) FROM vendors.price_versions WHERE offer_id = $1", offer_id) == 1


async def test_another_suppliers_offer_is_not_found(rolled_back: Connection) -> None:
    one, two = await market.shop("Hansa Lager", now=NOW), await market.shop("Anadolu Rulman", now=NOW)
    offer_id = await market.offer(one, await market.product("P-1", now=NOW), "H-1", now=NOW)
    with pytest.raises(NotFound):
        await service.set_price(offer_id, tiers=market.tiers((1, "1.00")), version=1, actor=two.actor, now=NOW)
    with pytest.raises(NotFound):
        await service.set_stock(offer_id, on_hand=0, version=1, actor=two.actor, now=NOW)
    assert await rolled_back.fetchval("SELECT version FROM vendors.offers WHERE id = $1", offer_id) == 1


async def test_an_article_number_names_one_offer_whatever_its_case(rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    await market.offer(seller, product_id, "Hl 1", now=NOW)
    with pytest.raises(SkuTaken):
        await market.offer(seller, product_id, " HL  1", now=NOW)
    assert await rolled_back.fetchval("SELECT count(*) FROM vendors.offers WHERE product_id = $1", product_id) == 1


async def test_an_offer_ships_from_a_site_of_its_supplier() -> None:
    one, two = await market.shop("Hansa Lager", now=NOW), await market.shop("Anadolu Rulman", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    with pytest.raises(NoSuchSite):
        await market.offer(market.Shop(one.actor, one.supplier_id, two.site_id, ""), product_id, "H-1", now=NOW)


@pytest.mark.parametrize("pairs", [((2, "1.00"),), ((1, "1.00"), (1, "0.90")), ((5, "1.00"), (1, "0.90"))])
async def test_tiers_ascend_from_the_minimum_quantity(pairs: tuple[tuple[int, str], ...]) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    with pytest.raises(TiersNotAscending):
        await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW, tiers=market.tiers(*pairs))


async def test_nothing_is_offered_on_a_product_that_is_not_there(rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    with pytest.raises(NoSuchProduct):
        await market.offer(seller, uuid7(), "H-1", now=NOW)
    assert await rolled_back.fetchval("SELECT count(*) FROM vendors.offers WHERE supplier_id = $1", seller.supplier_id) == 0


async def test_a_retired_offer_does_not_come_back(rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    offer_id = await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW)
    version = await service.set_state(offer_id, wanted="retired", version=1, actor=seller.actor, now=NOW)
    with pytest.raises(InvalidTransition) as refused:
        await service.set_state(offer_id, wanted="approved", version=version, actor=seller.actor, now=NOW)
    assert (refused.value.status, refused.value.extra) == (409, {"current": "retired", "allowed": []})
    assert await rolled_back.fetchval("SELECT state FROM vendors.offers WHERE id = $1", offer_id) == "retired"


async def test_who_does_not_sell_changes_no_offer() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    offer_id = await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW)
    buyer = Actor(organisation_id=seller.supplier_id, capacities=frozenset({"buyer"}))
    for actor in (ANONYMOUS, buyer):
        with pytest.raises(NotFound):
            await service.set_price(offer_id, tiers=market.tiers((1, "1.00")), version=None, actor=actor, now=NOW)
