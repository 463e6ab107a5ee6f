"""Tests saved searches: what is told of them and why, once each, to whom, and how they stop."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.cursors import Asked
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.errors import NotFound
from marketplace.trade.alerts import rules, service
from marketplace.trade.alerts.errors import NothingToSave
from marketplace.trade.alerts.schemas import Offer, SearchIn, StepIn
from marketplace.trade.facets import service as facets
from marketplace.trade.search import service as search
from tests.conftest import NOW
from tests.vendors.market import offer, product, shop, tiers

if TYPE_CHECKING:
    from decimal import Decimal

    import httpx

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.settings import Settings
    from marketplace.trade.alerts.schemas import Alert
    from tests.world import World

SOON = NOW + timedelta(hours=2)


async def _made(source_id: str) -> UUID:
    made = await product(source_id, now=NOW)
    await search.index_products([made], now=NOW)
    await facets.index_products([made], now=NOW)
    return made


async def _words(product_id: UUID) -> str:
    return str(await connection().fetchval("SELECT title FROM catalogue.products WHERE id = $1", product_id))


async def _told(actor: Actor) -> list[Alert]:
    return (await service.alerts(asked=Asked(None, 50, "s" * 32), actor=actor))[0]


def _offer(price: Decimal | None = None, *, number: int = 1) -> Offer:
    return Offer(UUID(int=9), UUID(int=number), UUID(int=5), "shop", "Shop", 2, "EUR", price)


def test_an_offer_is_news_once_and_then_only_where_it_costs_less() -> None:
    from decimal import Decimal as D  # noqa: PLC0415, N817 - two figures

    seen = {(UUID(int=9), UUID(int=1)): (D(10), "EUR")}
    assert [(one.why, one.before) for one in rules.news([_offer(D(9))], seen)] == [("price", D(10))]
    assert rules.news([_offer(D(10)), _offer(D(11)), _offer(None)], seen) == []
    assert [one.why for one in rules.news([_offer(D(12), number=2)], seen)] == ["offer"]
    assert rules.news([_offer(D(1))], {(UUID(int=9), UUID(int=1)): (D(10), "USD")}) == []
    assert rules.news([_offer(number=0)], seen) == []
    assert [one.why for one in rules.news([_offer(number=0)], {})] == ["product"]


@pytest.mark.usefixtures("rolled_back")
async def test_what_is_there_is_known_and_a_new_offer_is_told_once(world: World) -> None:
    buyer = world.logins["buyer_a"].actor
    made = await _made("alert-1")
    first = await shop("Alerta", now=NOW)
    await offer(first, made, "A-1", now=NOW)
    kept = await service.save(SearchIn(name="Mine", q=await _words(made), frequency="daily"), actor=buyer, now=NOW)
    await service.run(NOW + timedelta(days=1))
    assert [one for one in await _told(buyer) if one.search_id == kept.id] == []
    second = await shop("Boreal", now=NOW)
    await offer(second, made, "B-1", now=NOW)
    await facets.index_products([made], now=NOW)
    for days in (2, 3):
        await service.run(NOW + timedelta(days=days, seconds=1))
        told = [one for one in await _told(buyer) if one.search_id == kept.id]
        assert [(one.why, one.supplier, one.product_id) for one in told] == [("offer", "Boreal", made)]
    assert await service.unread(buyer) >= 1
    await service.read_all(actor=buyer, now=SOON)
    assert await service.unread(buyer) == 0


@pytest.mark.usefixtures("rolled_back")
async def test_an_instant_search_follows_facts_alone_between_its_hours(world: World) -> None:
    buyer = world.logins["buyer_a"].actor
    made = await _made("alert-2")
    kept = await service.save(SearchIn(name="Mine", q=await _words(made), frequency="instant"), actor=buyer, now=NOW)
    await offer(await shop("Alerta", now=NOW), made, "A-1", now=NOW)
    await facets.index_products([made], now=NOW)
    later = NOW + timedelta(minutes=10)
    await service.run(later)
    assert [one for one in await _told(buyer) if one.search_id == kept.id] == []
    await service.touch([made], now=later)
    await service.run(later + timedelta(minutes=1))
    assert [one.why for one in await _told(buyer) if one.search_id == kept.id] == ["offer"]


@pytest.mark.usefixtures("rolled_back")
async def test_a_search_ends_with_its_owners_membership_and_pauses_by_its_link(world: World, client: httpx.AsyncClient) -> None:
    buyer = world.logins["buyer_a"].actor
    kept = await service.save(SearchIn(name="Ends <b>", q="valve", frequency="daily"), actor=buyer, now=NOW)
    token = service.stop_token(kept.id)
    page = await client.get("/saved-searches/stop", params={"token": token})
    assert (page.status_code, "Ends &lt;b&gt;" in page.text) == (200, True)
    assert [one.state for one in await service.searches(buyer) if one.id == kept.id] == ["active"]
    await service.stop(token, now=NOW)
    assert [one.state for one in await service.searches(buyer) if one.id == kept.id] == ["paused"]
    with pytest.raises(NotFound):
        await service.stop(token[:-2] + "xx", now=NOW)
    await service.change(kept.id, StepIn("resume"), actor=buyer, now=NOW)
    statement = "UPDATE kernel.memberships SET state = 'removed' WHERE organisation_id = $1 AND person_id = $2"
    async with transaction(actor=WORKER) as held:
        await held.execute(statement, buyer.organisation_id, buyer.person_id)
    await service.run(NOW + timedelta(days=2))
    assert [one.state for one in await service.searches(buyer) if one.id == kept.id] == ["ended"]


@pytest.mark.usefixtures("rolled_back")
async def test_nobody_elses_search_is_there(world: World) -> None:
    buyer, other = world.logins["buyer_a"].actor, world.logins["buyer_b"].actor
    kept = await service.save(SearchIn(name="Mine", q="valve"), actor=buyer, now=NOW)
    with pytest.raises(NotFound):
        await service.change(kept.id, StepIn("delete"), actor=other, now=NOW)
    assert kept.id not in {one.id for one in await service.searches(other)}
    with pytest.raises(NothingToSave):
        await service.save(SearchIn(name="All"), actor=buyer, now=NOW)
    await service.change(kept.id, StepIn("delete"), actor=buyer, now=NOW)
    assert kept.id not in {one.id for one in await service.searches(buyer)}


async def test_a_search_is_kept_shown_and_deleted_by_its_pages(clients: dict[str, httpx.AsyncClient]) -> None:
    client = clients["buyer_a"]
    page = await client.get("/saved-searches/new", params={"q": "valve", "brand": "Zyx"})
    assert (page.status_code, 'name="brand" value="Zyx"' in page.text) == (200, True)
    page = await client.get("/saved-searches")
    assert (page.status_code, "Valves" in page.text) == (200, True)


async def test_runs_side_by_side_tell_an_offer_once(world: World, committed: Settings) -> None:
    assert committed
    buyer = world.logins["buyer_a"].actor
    async with transaction(actor=WORKER):
        made = await _made("alert-race")
        kept = await service.save(SearchIn(name="Race", q=await _words(made), frequency="daily"), actor=buyer, now=NOW)
    seller = await shop("Racing", now=NOW)
    await offer(seller, made, "R-1", now=NOW, tiers=tiers((1, "9.00")))
    await facets.index_products([made], now=NOW)
    at = NOW + timedelta(days=1, seconds=1)
    await asyncio.gather(*(service.run(at) for _ in range(8)))
    told = [one for one in await _told(buyer) if one.search_id == kept.id]
    assert [(one.why, one.supplier) for one in told] == [("offer", "Racing")]
