"""Tests of places in the grid and of the preview: the real comparison ranked again, exact, bounded, and nothing that is not public."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from marketplace.kernel.actor import ANONYMOUS
from marketplace.kernel.database import connection
from marketplace.kernel.ids import uuid7
from marketplace.trade.compare import service as compare
from marketplace.trade.grid import service
from marketplace.trade.grid.errors import TooManyToRank
from marketplace.trade.grid.schemas import GridEdit, GridFilter, RowEdit, StockEdit
from marketplace.trade.standing import rules
from marketplace.trade.standing import service as standing
from marketplace.trade.standing.errors import TooManyToPreview
from marketplace.trade.standing.schemas import Ask, Jump, Move, Place
from tests.conftest import NOW
from tests.trade import deals
from tests.trade.test_grid_service import more, written
from tests.vendors.desk import key, signed_in
from tests.vendors.market import offer, product
from vendors.desk.schemas import TierIn

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.http.edge import Edge

pytestmark = pytest.mark.usefixtures("rolled_back")
ASK = Ask(quantity=60, country="DE")
OFFER = uuid7()


def priced(offer_id: UUID, *pairs: tuple[int, str], version: int = 1) -> RowEdit:
    return RowEdit(offer_id=offer_id, version=version, tiers=[TierIn(bound, price) for bound, price in pairs])


async def test_a_place_is_the_one_that_the_comparison_shows_everybody() -> None:
    market = await deals.deal(now=NOW)
    shown = await compare.compare_given(market.product_id, {"quantity": "60", "country": "DE"}, viewer=ANONYMOUS, now=NOW)
    by_offer = {one.offer_id: one for one in shown.offers}
    for seller, offer_id in ((market.hansa, market.hansa_offer), (market.rhein, market.rhein_offer)):
        actor = msgspec.structs.replace(seller.actor, currency="EUR", country="DE")
        (row,) = (await service.page(GridFilter(), actor=actor, now=NOW, ask=ASK)).rows
        mine = by_offer[str(offer_id)]
        assert row.place is not None
        assert (row.place.place, row.place.of, row.place.total_minor, row.place.currency) == (
            mine.place,
            shown.summary.ranked,
            mine.total_minor,
            "EUR",
        )
        ahead = next((one for one in shown.offers if mine.place and one.place == mine.place - 1), None)
        assert (row.place.ahead, row.place.ahead_minor) == ((ahead.supplier.name, ahead.total_minor) if ahead else ("", None))


async def test_a_preview_says_what_saving_then_does() -> None:
    market = await deals.deal(now=NOW)
    actor = market.rhein.actor
    before = await written()
    edit = priced(market.rhein_offer, (1, "6.60"))
    told = await service.preview([edit], ask=ASK, actor=actor, now=NOW)
    assert await written() == before
    (move,) = told.moves
    assert (move.kind, told.unchanged, told.left_out) == ("up", 0, 0)
    assert told.jumps == [Jump(move.before.place, move.after.place, 1)]
    assert (move.before.total_minor, move.after.total_minor) == (78_600 + 490, 39_600 + 490)
    await service.save(GridEdit(rows=[edit]), actor=actor, now=NOW)
    (row,) = (await service.page(GridFilter(), actor=actor, now=NOW, ask=ASK)).rows
    assert row.place == move.after


async def test_a_dearer_price_goes_down_and_less_stock_loses_the_place() -> None:
    market = await deals.deal(now=NOW)
    dearer = await service.preview([priced(market.hansa_offer, (1, "18.00"), (50, "16.00"))], ask=ASK, actor=market.hansa.actor, now=NOW)
    assert [(move.kind, move.before.place) for move in dearer.moves] == [("down", 1)]
    count = RowEdit(offer_id=market.hansa_offer, version=1, stock=[StockEdit(on_hand=5)])
    (short,) = (await service.preview([count], ask=ASK, actor=market.hansa.actor, now=NOW)).moves
    assert (short.kind, short.after.place, short.after.group) == ("down", None, "short")


async def test_an_offer_that_not_everybody_sees_has_no_place_to_tell() -> None:
    market = await deals.deal(now=NOW)
    hidden = await offer(market.hansa, await product("P-members", now=NOW), "H-2", now=NOW, visibility="login_required")
    told = await service.preview([priced(hidden, (1, "12.00"))], ask=ASK, actor=market.hansa.actor, now=NOW)
    assert [(move.kind, move.before.group) for move in told.moves] == [("unknown", "not_seen")]
    assert (told.unknown, told.jumps) == (1, [])


async def test_bad_rows_are_left_out_of_a_preview_and_counted() -> None:
    market = await deals.deal(now=NOW)
    good, bad = priced(market.hansa_offer, (1, "12.40"), (50, "10.90")), priced(market.rhein_offer, (1, "12"))
    told = await service.preview([good, bad], ask=ASK, actor=market.hansa.actor, now=NOW)
    assert ([move.offer_id for move in told.moves], told.left_out) == ([market.hansa_offer], 1)


async def test_a_price_that_no_order_may_carry_loses_its_own_place_alone() -> None:
    market = await deals.deal(now=NOW)
    (other,) = await more(market.hansa, 1, prefix="M")
    before = await written()
    edits = [priced(market.hansa_offer, (1, "999999999999.999999")), priced(other, (1, "12.40"))]
    told = await service.preview(edits, ask=ASK, actor=market.hansa.actor, now=NOW)
    found = {move.offer_id: move for move in told.moves}
    lost = found[market.hansa_offer]
    assert (lost.kind, lost.before.place, lost.after.place, lost.after.group) == ("down", 1, None, "no_price")
    assert (found[other].after.group, found[other].after.total_minor) == ("short", 75_390)
    assert await written() == before


async def test_two_hundred_products_are_previewed_and_one_more_is_refused_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    market = await deals.deal(now=NOW)
    ids = [market.hansa_offer, *await more(market.hansa, 2, prefix="M")]
    monkeypatch.setattr(standing, "PREVIEWED_MAX", 2)
    edits = [priced(one, (1, "12.40"), (50, "10.90")) for one in ids]
    assert len((await service.preview(edits[:2], ask=ASK, actor=market.hansa.actor, now=NOW)).moves) == 2
    with pytest.raises(TooManyToPreview) as refused:
        await service.preview(edits, ask=ASK, actor=market.hansa.actor, now=NOW)
    assert refused.value.params == {"products": 3, "most": 2}


async def test_the_usual_question_is_what_buyers_ordered_most() -> None:
    market = await deals.deal(now=NOW)
    actor = msgspec.structs.replace(market.hansa.actor, country="DE")
    assert await service.usual_ask(actor=actor, now=NOW) == Ask(quantity=1, country="DE")
    for quantity in (7, 7, 3):
        await deals.place(market, (market.hansa_offer, quantity), now=NOW)
    assert await service.usual_ask(actor=actor, now=NOW) == Ask(quantity=7, country="DE")
    assert await service.usual_ask(actor=market.rhein.actor, now=NOW) == Ask(quantity=10, country="DE")
    assert (await service.usual_ask(actor=actor, now=NOW + timedelta(days=366))).quantity == 1


@pytest.mark.parametrize("sort", ["place", "-place"])
async def test_offers_are_sorted_by_place_page_by_page(sort: Any) -> None:
    market = await deals.deal(now=NOW)
    others = await more(market.rhein, 3)
    seen: list[int] = []
    after = None
    for _ in range(4):
        listed = await service.page(GridFilter(sort=sort, limit=1), actor=market.rhein.actor, now=NOW, ask=ASK, after=after)
        seen += [(row.place.place if row.place and row.place.place else 999) for row in listed.rows]
        after = listed.following
    assert after is None
    assert len(seen) == len(others) + 1
    assert seen == sorted(seen, reverse=sort == "-place")


async def test_too_many_to_sort_by_place_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    market = await deals.deal(now=NOW)
    await more(market.rhein, 1)
    monkeypatch.setattr(service, "RANKED_MAX", 1)
    with pytest.raises(TooManyToRank):
        await service.page(GridFilter(sort="place"), actor=market.rhein.actor, now=NOW, ask=ASK)


async def _statements(actor: Actor) -> int:
    asked: list[str] = []

    def note(record: Any) -> None:
        asked.append(record.query)

    held: Any = connection()
    held.add_query_logger(note)
    await service.page(GridFilter(), actor=actor, now=NOW, ask=ASK)
    held.remove_query_logger(note)
    return sum("SAVEPOINT" not in sql for sql in asked)


async def test_a_page_with_places_asks_the_database_no_more_for_many_offers_than_for_one() -> None:
    market = await deals.deal(now=NOW)
    await _statements(market.hansa.actor)
    one = await _statements(market.hansa.actor)
    await more(market.hansa, 12, prefix="M")
    assert await _statements(market.hansa.actor) == one <= 12


def test_jumps_are_counted_gains_first() -> None:
    def move(before: int | None, after: int | None) -> Move:
        one, other = [Place(place=place, of=9, group="ranked") for place in (before, after)]
        return Move(offer_id=OFFER, product_id=OFFER, kind=rules.kind_of(before, after), before=one, after=other)

    found = rules.jumps([move(1, 2), move(3, 1), move(3, 1), move(None, 2), move(2, None), move(4, 4), move(None, None)])
    assert found == [Jump(3, 1, 2), Jump(None, 2, 1), Jump(1, 2, 1), Jump(2, None, 1)]
    assert [rules.kind_of(4, 4), rules.kind_of(None, None)] == ["same", "unknown"]


async def test_a_preview_is_told_over_the_api_for_the_question_that_is_asked(app: Edge) -> None:
    market = await deals.deal(now=NOW)
    body = {
        "rows": [{"offer_id": str(market.rhein_offer), "version": 1, "tiers": [{"from_quantity": 1, "unit_price": "6.60"}]}],
        "quantity": 60,
        "country": "DE",
    }
    async with signed_in(app, market.rhein) as client:
        told = await client.post("/api/v1/supplier/grid/preview", json=body)
        assert told.status_code == 200, told.text
        assert (told.json()["ask"], told.json()["moves"][0]["kind"]) == ({"quantity": 60, "country": "DE", "need_by": None}, "up")
        wrongs: tuple[dict[str, Any], ...] = ({"country": "QQ"}, {"quantity": 0}, {"need_by": "2026-11-01"}, {"rows": []})
        for wrong in wrongs:
            assert (await client.post("/api/v1/supplier/grid/preview", json=body | wrong)).status_code == 422
        listed = await client.get("/api/v1/supplier/grid", params={"places": True, "quantity": 60, "country": "DE"})
        assert listed.json()["items"][0]["place"]["of"] == 3
        assert (await client.get("/api/v1/supplier/grid", params={"places": True, "country": "QQ"})).status_code == 422
        assert (await client.get("/api/v1/supplier/grid")).json()["items"][0]["place"] is None
        assert (
            await client.post("/api/v1/supplier/grid", json={"rows": body["rows"], "confirm_large_changes": True}, headers=key())
        ).status_code == 200
