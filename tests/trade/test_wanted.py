"""Tests asking for what is not found: one of a text at a time, who sees it, what becomes of it, and what the pages say."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from msgspec.structs import replace

from marketplace.kernel.database import connection
from marketplace.kernel.errors import InvalidInput, NotAllowed, NotFound, VersionConflict
from marketplace.kernel.quantity import BadQuantity
from marketplace.trade.demand import service as demand
from marketplace.trade.search import service as search
from marketplace.trade.wanted import rules, service
from marketplace.trade.wanted.errors import AnswerGiven, AskedAlready
from marketplace.trade.wanted.schemas import AnswerIn, WantedIn
from tests.conftest import NOW
from tests.vendors.market import product

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.settings import Settings
    from tests.world import World

SAID = WantedIn(text="  Cobot   gripper 85 mm ", quantity="4", needed_by="2099-01-31", note="Flange ISO 9409-1-50")


@pytest.mark.usefixtures("rolled_back")
async def test_one_text_waits_once_in_an_organisation_however_it_is_written(world: World) -> None:
    buyer, other = world.logins["buyer_a"].actor, world.logins["buyer_b"].actor
    one = await service.ask(SAID, actor=buyer, now=NOW)
    assert (one.text, one.quantity, one.unit_code, one.state, one.version) == ("Cobot gripper 85 mm", 4, "H87", "open", 1)
    again = await service.ask(replace(SAID, text="COBOT GRIPPER 85 MM"), actor=buyer, now=NOW)
    assert again.id == one.id
    with pytest.raises(AskedAlready):
        await service.ask(replace(SAID, quantity="5"), actor=buyer, now=NOW)
    assert (await service.ask(SAID, actor=other, now=NOW)).id != one.id
    await search.record_miss("cobot GRIPPER  85 mm", viewer=buyer, now=NOW)
    wishes = (await demand.demand(days=7, actor=world.logins["operator"].actor, now=NOW)).wishes
    assert [each.asked for each in wishes if each.query == "cobot gripper 85 mm"] == [2]
    await service.withdraw(one.id, actor=buyer, now=NOW)
    assert (await service.ask(replace(SAID, quantity="5"), actor=buyer, now=NOW)).quantity == 5


@pytest.mark.usefixtures("rolled_back")
async def test_what_cannot_be_used_is_named_at_once_and_nothing_is_kept(world: World) -> None:
    buyer = world.logins["buyer_a"].actor
    before = len(await service.mine(actor=buyer))
    bad = WantedIn(text=" ", quantity="1.5", unit_code="ZZ9", needed_by="2001-01-01", note="a\u202eb")
    with pytest.raises(InvalidInput) as refused:
        await service.ask(bad, actor=buyer, now=NOW)
    assert {one.pointer for one in refused.value.errors} == {"/text", "/quantity", "/unit_code", "/needed_by", "/note"}
    for text in ("...", "a\x00b", "\u202evalve"):
        with pytest.raises(InvalidInput):
            await service.ask(WantedIn(text=text), actor=buyer, now=NOW)
    for quantity in ("0", "-1", "1e9", "\u0663", "9" * 30):
        with pytest.raises((InvalidInput, BadQuantity)):
            await service.ask(WantedIn(text="valve", quantity=quantity), actor=buyer, now=NOW)
    assert len(await service.mine(actor=buyer)) == before


@pytest.mark.usefixtures("rolled_back")
async def test_others_neither_see_nor_take_back_what_an_organisation_asked_for(world: World) -> None:
    buyer, other = world.logins["buyer_a"].actor, world.logins["buyer_b"].actor
    one = await service.ask(SAID, actor=buyer, now=NOW)
    assert one.id not in {each.id for each in await service.mine(actor=other)}
    with pytest.raises(NotFound):
        await service.withdraw(one.id, actor=other, now=NOW)
    with pytest.raises(NotAllowed):
        await service.answer(one.id, AnswerIn(kind="looking", version=1), actor=buyer, now=NOW)
    with pytest.raises(NotAllowed):
        await service.all_of_them(actor=other)
    assert [each.state for each in await service.mine(actor=buyer) if each.id == one.id] == ["open"]


@pytest.mark.usefixtures("rolled_back")
async def test_the_operator_answers_step_by_step_and_the_asker_is_told(world: World) -> None:
    buyer, operator = world.logins["buyer_a"].actor, world.logins["operator"].actor
    made = await product("wanted-1", now=NOW)
    one = await service.ask(SAID, actor=buyer, now=NOW)
    assert await service.unread(buyer) == 0
    looking = await service.answer(one.id, AnswerIn(kind="looking", version=1, words="Two were asked."), actor=operator, now=NOW)
    assert (looking.state, looking.version, await service.unread(buyer)) == ("looking", 2, 1)
    await service.read_all(actor=buyer, now=NOW)
    assert await service.unread(buyer) == 0
    with pytest.raises(VersionConflict):
        await service.answer(one.id, AnswerIn(kind="product", version=1, product=str(made)), actor=operator, now=NOW)
    for given in ("", "no id", "00000000-0000-0000-0000-000000000009"):
        with pytest.raises(InvalidInput):
            await service.answer(one.id, AnswerIn(kind="product", version=2, product=given), actor=operator, now=NOW)
    found = await service.answer(one.id, AnswerIn(kind="product", version=2, product=f"https://x/vi/products/{made}?q=1"), actor=operator, now=NOW)
    assert (found.state, found.product_id, found.category_id, await service.unread(buyer)) == ("found", made, None, 1)
    for act in (AnswerIn(kind="looking", version=3), AnswerIn(kind="refused", version=3, words="No.")):
        with pytest.raises(AnswerGiven):
            await service.answer(one.id, act, actor=operator, now=NOW)
    with pytest.raises(AnswerGiven):
        await service.withdraw(one.id, actor=buyer, now=NOW)
    sql = "SELECT action FROM kernel.audit_rows WHERE entity = 'wanted' AND entity_id = $1 ORDER BY at, id"
    assert [row[0] for row in await connection().fetch(sql, one.id)] == ["wanted.asked", "wanted.looking", "wanted.found"]


@pytest.mark.usefixtures("rolled_back")
async def test_a_refusal_says_why_and_a_category_is_one_that_there_is(world: World) -> None:
    buyer, operator = world.logins["buyer_a"].actor, world.logins["operator"].actor
    one = await service.ask(SAID, actor=buyer, now=NOW)
    for act in (AnswerIn(kind="refused", version=1, words=" "), AnswerIn(kind="category", version=1, category="no-such")):
        with pytest.raises(InvalidInput):
            await service.answer(one.id, act, actor=operator, now=NOW)
    refused = await service.answer(one.id, AnswerIn(kind="refused", version=1, words="It may not be sold by post."), actor=operator, now=NOW)
    assert (refused.state, refused.answer) == ("refused", "It may not be sold by post.")


def test_the_ways_between_states_are_these() -> None:
    ways = {(before, after) for before, afters in rules.STEPS.items() for after in afters}
    assert ways == {
        ("open", "looking"), ("open", "found"), ("open", "refused"), ("open", "withdrawn"), ("looking", "found"), ("looking", "refused"),
        ("looking", "withdrawn"),
    }  # fmt: skip
    assert rules.product_id("/products/01a2053f-f0f0-7019-b86c-82f3569284d8-pump") == UUID("01a2053f-f0f0-7019-b86c-82f3569284d8")


async def test_many_at_once_ask_once(world: World, committed: Settings) -> None:
    assert committed
    buyer = world.logins["buyer_a"].actor
    said = WantedIn(text="Asked by eight hands")
    made = await asyncio.gather(*(service.ask(said, actor=buyer, now=NOW) for _ in range(8)))
    assert len({one.id for one in made}) == 1


async def test_from_an_empty_search_to_the_answer_on_the_pages(clients: dict[str, httpx.AsyncClient]) -> None:
    buyer, operator = clients["buyer_a"], clients["operator"]
    empty = await buyer.get("/search", params={"q": "zzqqyyxx frobnitz"})
    assert "/wanted/new?q=zzqqyyxx%20frobnitz" in empty.text.replace("+", "%20")
    page = await buyer.get("/wanted/new", params={"q": "zzqqyyxx <b>"})
    assert (page.status_code, 'value="zzqqyyxx &lt;b&gt;"' in page.text) == (200, True)
    assert (await buyer.get("/wanted")).status_code == 200
    page = await operator.get("/operator/wanted", params={"show": "x", "segment": "\x00", "locale": "<b>"})
    assert page.status_code == 200
    page = await operator.get("/operator/wanted")
    assert (page.status_code, "Magnetic valve, 230 V" in page.text) == (200, True)
    assert (await buyer.get("/operator/wanted")).status_code in {403, 404}
