"""Tests saved searches: what is told of them and why, once each, to whom, and how they stop."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal as D  # noqa: N817 - many figures
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import pytest
from msgspec.structs import replace

from marketplace.kernel.actor import WORKER
from marketplace.kernel.cursors import Asked
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.errors import InvalidInput, NotFound, QueryTooBroad
from marketplace.trade.alerts import rules, service
from marketplace.trade.alerts.errors import NothingToSave
from marketplace.trade.alerts.schemas import Offer, SearchIn, SearchOut, Seen, StepIn
from marketplace.trade.facets import queries as facet_queries
from marketplace.trade.facets import service as facets
from marketplace.trade.search import service as search
from tests.conftest import NOW
from tests.vendors.market import offer, product, shop, tiers
from vendors.moves import service as moves

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.settings import Settings
    from marketplace.trade.alerts.schemas import Alert
    from marketplace.trade.facets.schemas import Asked as Asking
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


def _offer(price: D | None = None, *, number: int = 1) -> Offer:
    return Offer(UUID(int=9), UUID(int=number), UUID(int=5), "shop", "Shop", 2, "EUR", price)


def _search(*, knows_all: bool = True) -> SearchOut:
    one = UUID(int=1)
    return SearchOut(
        id=one, organisation_id=one, person_id=one, name="Mine", text="valve", filters={}, frequency="daily", state="active", created_at=NOW, looked_at=NOW,
        due_at=NOW, knows_all=knows_all,
    )  # fmt: skip


def test_an_offer_is_news_once_and_then_only_where_it_costs_less() -> None:
    seen = {UUID(int=1): Seen(D(10), "EUR", UUID(int=9))}
    assert [(one.why, one.before) for one in rules.news([_offer(D(9))], seen, _search())] == [("price", D(10))]
    assert rules.news([_offer(D(10)), _offer(D(11)), _offer(None)], seen, _search()) == []
    assert [one.why for one in rules.news([_offer(D(12), number=2)], seen, _search())] == ["offer"]
    assert rules.news([_offer(D(1))], {UUID(int=1): Seen(D(10), "USD", UUID(int=9))}, _search()) == []
    assert rules.news([_offer(number=9)], seen, _search()) == []
    assert [one.why for one in rules.news([_offer(number=9)], {}, _search())] == ["product"]


def test_an_offer_that_moved_to_another_product_is_the_same_offer() -> None:
    seen = {UUID(int=1): Seen(D(10), "EUR", UUID(int=7))}
    assert rules.news([_offer(D(10))], seen, _search()) == []


def test_a_search_that_could_not_know_everything_tells_only_what_was_made_since() -> None:
    broad = _search(knows_all=False)
    before, after = replace(_offer(D(1)), made_at=NOW - timedelta(days=1)), replace(_offer(D(1)), made_at=NOW + timedelta(seconds=1))
    assert rules.news([before], {}, broad) == []
    assert [one.why for one in rules.news([after], {}, broad)] == ["offer"]
    assert [one.why for one in rules.news([replace(after, offer_id=after.product_id)], {}, broad)] == ["product"]


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
async def test_an_offer_that_follows_its_product_into_another_is_not_told_again(world: World) -> None:
    buyer = world.logins["buyer_a"].actor
    gone = await _made("alert-gone")
    seller = await shop("Mover", now=NOW)
    moved = await offer(seller, gone, "M-1", now=NOW)
    await facets.index_products([gone], now=NOW)
    kept = await service.save(SearchIn(name="Mine", q=await _words(gone), filters={"supplier": "mover"}), actor=buyer, now=NOW)
    other = await _made("alert-kept")
    async with transaction(actor=WORKER):
        await moves.rehome(moved, supplier_id=seller.actor.own_organisation(), product_id=gone, home_id=other, now=SOON)
    await connection().execute(
        "UPDATE catalogue.products SET title = (SELECT title FROM catalogue.products WHERE id = $1) WHERE id = $2", gone, other
    )
    await search.index_products([gone, other], now=SOON)
    await facets.index_products([gone, other], now=SOON)
    await service.run(NOW + timedelta(days=1, seconds=1))
    assert [one for one in await _told(buyer) if one.search_id == kept.id] == []
    sql = "SELECT product_id FROM trade.search_seen WHERE search_id = $1 AND offer_id = $2"
    assert await connection().fetchval(sql, kept.id, moved) == other


@pytest.mark.usefixtures("rolled_back")
async def test_what_is_new_behind_the_first_products_of_a_broad_search_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    buyer = world.logins["buyer_a"].actor
    monkeypatch.setattr(facet_queries, "CANDIDATES_MAX", 1)
    old = await _made("alert-broad-1")
    await connection().execute("UPDATE catalogue.products SET brand = 'Broadly' WHERE id = $1", old)
    await facets.index_products([old], now=NOW)
    kept = await service.save(SearchIn(name="Broad", filters={"brand": "Broadly"}), actor=buyer, now=NOW)
    later = NOW + timedelta(hours=3)
    new = await product("alert-broad-2", now=later)
    await connection().execute("UPDATE catalogue.products SET brand = 'Broadly' WHERE id = $1", new)
    await facets.index_products([new], now=later)
    await service.touch([new, old], now=later)
    await service.run(NOW + timedelta(days=1, seconds=1))
    assert [(one.why, one.product_id) for one in await _told(buyer) if one.search_id == kept.id] == [("product", new)]
    assert sorted(await facets.holds(facets.asked("", {"brand": "Broadly"}), [old, new], now=later, viewer=buyer, currency="EUR")) == sorted(
        [old, new]
    )


@pytest.mark.usefixtures("rolled_back")
async def test_what_has_only_some_of_the_words_is_not_told_and_what_has_all_is_however_late(world: World) -> None:
    buyer = world.logins["buyer_a"].actor
    kept = await service.save(SearchIn(name="Mine", q="quibbleflange zonkotter"), actor=buyer, now=NOW)
    later = NOW + timedelta(hours=1)
    for source, title in (("alert-half", "Zonkotter, brass"), ("alert-all", "Quibbleflange for the zonkotter")):
        made = await product(source, now=later)
        await connection().execute("UPDATE catalogue.products SET title = $2 WHERE id = $1", made, title)
        await search.index_products([made], now=later)
        await facets.index_products([made], now=later)
        await service.touch([made], now=later)
    await search.refresh(later)
    await service.run(NOW + timedelta(days=1, seconds=1))
    assert [(one.why, one.product_id) for one in await _told(buyer) if one.search_id == kept.id] == [("product", made)]


@pytest.mark.usefixtures("rolled_back")
async def test_looking_counts_neither_a_search_nor_a_miss(world: World) -> None:
    buyer = world.logins["buyer_a"].actor
    made = await _made("alert-quiet")
    sql = "SELECT (SELECT coalesce(sum(times), 0) FROM trade.search_misses), (SELECT count(*) FROM trade.suggestions WHERE kind = 'query')"
    for words in (await _words(made), "zzqqyyxx frobnitz"):
        await service.save(SearchIn(name="Quiet", q=words, frequency="instant"), actor=buyer, now=NOW)
    before = await connection().fetchrow(sql)
    for hours in range(2, 8):
        await service.run(NOW + timedelta(hours=hours))
    assert await connection().fetchrow(sql) == before


async def test_a_search_that_takes_too_long_stops_no_other(world: World, committed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert committed
    buyer = world.logins["buyer_a"].actor
    names = ("slow", "broken", "fine")
    async with transaction(actor=WORKER):
        made = {name: await _made(f"alert-{name}") for name in names}
        words = {name: await _words(made[name]) for name in names}
        slow, broken, fine = [await service.save(SearchIn(name=name, q=words[name]), actor=buyer, now=NOW) for name in names]
    seller = await shop("Later", now=NOW)
    for name in names:
        await offer(seller, made[name], f"L-{name}", now=NOW)
    await facets.index_products(list(made.values()), now=NOW)
    held, at = facets.held, NOW + timedelta(days=1, seconds=1)

    async def halting(asked: Asking, **named: Any) -> tuple[list[UUID], bool]:
        if asked.text == words["slow"]:
            async with transaction(readonly=True) as one:
                await one.execute("SET LOCAL statement_timeout = 1")
                try:
                    await one.execute("SELECT pg_sleep(1)")
                except asyncpg.QueryCanceledError:
                    raise QueryTooBroad from None
        if asked.text == words["broken"]:
            raise OSError
        return await held(asked, **named)

    monkeypatch.setattr(facets, "held", halting)
    with pytest.raises(OSError):  # noqa: PT011 - it says nothing
        await service.run(at)
    told = {one.search_id for one in await _told(buyer)}
    assert (slow.id in told, broken.id in told, fine.id in told) == (False, False, True)
    monkeypatch.setattr(facets, "held", held)
    await service.run(at + timedelta(days=1, seconds=1))
    told = {one.search_id for one in await _told(buyer)}
    assert (slow.id in told, broken.id in told) == (True, True)


@pytest.mark.usefixtures("rolled_back")
async def test_what_a_deleted_search_knew_is_forgotten(world: World) -> None:
    buyer = world.logins["buyer_a"].actor
    made = await _made("alert-forget")
    kept = [await service.save(SearchIn(name=name, q=await _words(made)), actor=buyer, now=NOW) for name in ("Goes", "Stays")]
    await service.change(kept[0].id, StepIn("delete"), actor=buyer, now=NOW)
    await service.run(NOW + timedelta(minutes=1))
    sql = "SELECT count(*) FROM trade.search_seen WHERE search_id = $1"
    assert [await connection().fetchval(sql, one.id) > 0 for one in kept] == [False, True]


@pytest.mark.usefixtures("rolled_back")
async def test_how_often_it_looks_and_its_currency_are_its_owners_to_say(world: World) -> None:
    buyer = replace(world.logins["buyer_a"].actor, currency="VND")
    kept = await service.save(SearchIn(name="Mine", q="valve"), actor=buyer, now=NOW)
    assert (kept.currency, kept.due_at) == ("VND", NOW + timedelta(days=1))
    changed = await service.change(kept.id, StepIn("change", "weekly"), actor=buyer, now=NOW)
    assert (changed.frequency, changed.state, changed.due_at) == ("weekly", "active", NOW + timedelta(days=7))
    assert (await service.save(SearchIn(name="Usd", q="valve", currency="USD"), actor=buyer, now=NOW)).currency == "USD"
    with pytest.raises(InvalidInput):
        await service.save(SearchIn(name="Xxx", q="valve", currency="QQQ"), actor=buyer, now=NOW)


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
