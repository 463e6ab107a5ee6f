"""Tests what the operator reads of searches that found nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from marketplace.kernel.database import connection
from marketplace.kernel.errors import NotAllowed
from marketplace.trade.demand import service
from marketplace.trade.search import service as search
from tests.conftest import NOW

if TYPE_CHECKING:
    import httpx

    from tests.world import World


@pytest.mark.usefixtures("rolled_back")
async def test_wishes_are_counted_by_period_week_visitor_and_language(world: World) -> None:
    operator, buyer = world.logins["operator"].actor, replace(world.logins["buyer_a"].actor, locale="vi")
    for days in (0, 0, 8, 30):
        await search.record_miss("Zzquux  Frob", viewer=buyer, now=NOW - timedelta(days=days))
    found = await service.demand(days=28, actor=operator, now=NOW)
    wish = next(one for one in found.wishes if one.query == "zzquux frob")
    assert (wish.times, wish.before, wish.locales, wish.last_at) == (3, 1, ["vi"], NOW)
    assert wish.weeks == [0, 0, 0, 1, 0, 0, 1, 2]
    only = await service.demand(days=28, locale="ar", actor=operator, now=NOW)
    assert "zzquux frob" not in {one.query for one in only.wishes}
    mine = await service.demand(days=7, segment=wish.segments[0], locale="vi", actor=operator, now=NOW)
    assert [(one.query, one.times) for one in mine.wishes if one.query == "zzquux frob"] == [("zzquux frob", 2)]
    with pytest.raises(NotAllowed):
        await service.demand(days=28, actor=buyer, now=NOW)


async def test_the_page_and_the_api_answer_the_operator_alone(clients: dict[str, httpx.AsyncClient]) -> None:
    page = await clients["operator"].get("/operator/demand", params={"days": "x", "segment": "\x00'", "locale": "<b>"})
    assert (page.status_code, "Looked for in vain" in page.text) == (200, True)
    assert (await clients["operator"].get("/api/v1/operator/demand")).status_code == 200
    assert (await clients["buyer_a"].get("/api/v1/operator/demand")).status_code in {403, 404}


@pytest.mark.usefixtures("rolled_back")
async def test_all_of_it_is_counted_by_week_visitor_and_language(world: World) -> None:
    operator, buyer = world.logins["operator"].actor, replace(world.logins["buyer_a"].actor, locale="vi", country="ZZ")
    before = await service.demand(days=7, actor=operator, now=NOW)
    for days in (0, 0, 8):
        await search.record_miss("Zzquux  Frob", viewer=buyer, now=NOW - timedelta(days=days))
    found = await service.demand(days=7, actor=operator, now=NOW)
    assert [now - then for now, then in zip(found.weeks, before.weeks, strict=True)] == [0, 0, 0, 0, 0, 0, 1, 2]
    assert [(one.name, one.times, one.before) for one in found.by_segment if one.name == "buyer:ZZ"] == [("buyer:ZZ", 2, 1)]
    only = await service.demand(days=7, segment="buyer:ZZ", actor=operator, now=NOW)
    assert ([(one.name, one.times) for one in only.by_locale], sum(only.weeks)) == ([("vi", 2)], 3)


@pytest.mark.usefixtures("rolled_back")
async def test_what_is_long_past_is_forgotten(world: World) -> None:
    buyer = world.logins["buyer_a"].actor
    await service.forget(NOW)
    for days in (399, 401):
        await search.record_miss(f"zzquux {days}", viewer=buyer, now=NOW - timedelta(days=days))
    assert (await service.forget(NOW), await service.forget(NOW)) == (1, 0)
    sql = "SELECT query FROM trade.search_misses WHERE query LIKE 'zzquux %'"
    assert [row[0] for row in await connection().fetch(sql)] == ["zzquux 399"]
