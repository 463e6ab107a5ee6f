"""Tests of the freight that buyers ask for: a quote a consignment, split, with its validity and an id that comes again; nothing is stored."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction
from marketplace.kernel.errors import InvalidInput
from services_addons.logistics import service
from services_addons.logistics.schemas import FreightTableIn, RateIn, SurchargeIn, ZoneIn
from services_addons.logistics.schemas_asked import AskedLineIn, FreightAskIn
from tests.conftest import NOW
from tests.trade import deals
from tests.vendors.market import offer
from vendors.offers.errors import QuantityNotAllowed
from vendors.terms import service as terms

if TYPE_CHECKING:
    import httpx

    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")
TODAY = NOW.date()
COUNTS = """SELECT (SELECT count(*) FROM services.freight_tables) + (SELECT count(*) FROM trade.carts) + (SELECT count(*) FROM kernel.outbox)
  + (SELECT count(*) FROM kernel.audit_rows)"""


async def stored() -> int:
    """Count what could have been stored."""
    async with transaction(actor=WORKER) as held:
        return int(await held.fetchval(COUNTS))


def ask(market: deals.Deal, *lines: tuple[Any, int | str], **changes: Any) -> FreightAskIn:
    """Ask Hansa for offers to Berlin."""
    values: dict[str, Any] = {"supplier_id": market.hansa.supplier_id, "country": "DE", "postal_code": "10115"} | changes
    return FreightAskIn(**values, lines=[AskedLineIn(product_id=market.product_id, offer_id=one, quantity=quantity) for one, quantity in lines])


async def with_fuel(market: deals.Deal) -> None:
    """Let Hansa charge 12.5 % of fuel to the end of the year, and a fixed toll from 10 December on."""
    (before,) = await service.my_freight_tables(actor=market.hansa.actor)
    surcharges = [
        SurchargeIn(code="fuel", name="Fuel", kind="percent", percent="12.5", valid_to=date(2026, 12, 31)),
        SurchargeIn(code="toll", kind="fixed", amount_minor=500, valid_from=date(2026, 12, 10)),
    ]
    zone = ZoneIn(code="DE", transit_days=2, areas=["DE"], rates=[RateIn(1_000_000, 990)])
    table = FreightTableIn(name="Fuel", currency="EUR", valid_from=TODAY, zones=[zone], surcharges=surcharges, source="Tariff")
    await service.revise_table(before.id, table, actor=market.hansa.actor, now=NOW)


async def test_a_quote_is_split_holds_to_the_next_change_and_comes_again_by_its_id() -> None:
    market = await deals.deal(now=NOW)
    await with_fuel(market)
    held = await stored()
    (told,) = await service.freight_to(ask(market, (market.hansa_offer, 3)), actor=market.buyer.actor, now=NOW)
    assert (told.state, told.amount_minor, told.currency, told.goods_minor, told.transit_days) == ("known", 1114, "EUR", 3750, 2)
    assert [(part.code, part.name, part.amount_minor) for part in told.parts] == [("rate", "", 990), ("fuel", "Fuel", 124)]
    assert (told.valid_from, told.valid_to) == (TODAY, date(2026, 12, 9))
    assert (told.source, told.as_of, told.is_invented) == ("Tariff", datetime(2026, 11, 24, tzinfo=UTC), False)
    again = await service.freight_to(ask(market, (market.hansa_offer, 3)), actor=market.other.actor, now=NOW + timedelta(hours=1))
    assert again == [told]
    for other, now in (
        (ask(market, (market.hansa_offer, 4)), NOW),
        (ask(market, (market.hansa_offer, 3), postal_code="10117"), NOW),
        (ask(market, (market.hansa_offer, 3)), NOW + timedelta(days=1)),
    ):
        (changed,) = await service.freight_to(other, actor=market.buyer.actor, now=now)
        assert changed.id != told.id
    assert await stored() == held


async def test_each_consignment_has_a_quote_of_its_own_in_whatever_order_it_is_asked() -> None:
    market = await deals.deal(now=NOW)
    delivered = await offer(market.hansa, market.product_id, "H-2", now=NOW, on_hand=10)
    await terms.change(delivered, wanted={"incoterm": "CIP"}, version=1, actor=market.hansa.actor, now=NOW)
    lines = ((market.hansa_offer, 2), (delivered, 1), (market.hansa_offer, 1))
    told = await service.freight_to(ask(market, *lines), actor=market.buyer.actor, now=NOW)
    by_term = {one.incoterm: one for one in told}
    assert {code: (one.state, one.amount_minor, one.valid_to) for code, one in by_term.items()} == {
        "CIP": ("included", None, None),
        "EXW": ("known", 990, None),
    }
    assert (by_term["EXW"].offer_ids, by_term["EXW"].goods_minor, by_term["EXW"].is_invented) == ([market.hansa_offer] * 2, 3750, True)
    assert await service.freight_to(ask(market, *reversed(lines)), actor=market.buyer.actor, now=NOW) == told


async def test_what_no_table_reaches_is_not_known_and_never_nought() -> None:
    market = await deals.deal(now=NOW)
    (told,) = await service.freight_to(ask(market, (market.hansa_offer, 1), country="JP"), actor=market.buyer.actor, now=NOW)
    assert (told.state, told.reason, told.amount_minor, told.parts, told.valid_to) == ("unknown", "no-zone", None, [], None)


async def test_what_is_not_sold_so_is_refused_at_its_line() -> None:
    market = await deals.deal(now=NOW)
    for lines in (((market.hansa_offer, 1), (market.rhein_offer, 10)), ((market.hansa_offer, 1), (uuid4(), 1))):
        with pytest.raises(InvalidInput) as caught:
            await service.freight_to(ask(market, *lines), actor=market.buyer.actor, now=NOW)
        assert [(one.pointer, one.code) for one in caught.value.errors] == [("/lines/1/offer_id", "not-sold")]
    with pytest.raises(InvalidInput) as caught:
        await service.freight_to(ask(market, (market.hansa_offer, "1.5")), actor=market.buyer.actor, now=NOW)
    assert [one.pointer for one in caught.value.errors] == ["/lines/0/quantity"]
    with pytest.raises(QuantityNotAllowed):
        rhein = ask(market, (market.rhein_offer, 11), supplier_id=market.rhein.supplier_id)
        await service.freight_to(rhein, actor=market.buyer.actor, now=NOW)


async def test_the_page_tells_parts_validity_and_number_and_the_cart_leads_there(clients: dict[str, httpx.AsyncClient], world: World) -> None:
    mine, one = clients["buyer_a"], world.offers[0]
    supplier_id = world.logins[one.supplier].organisation_id
    lines = f"{one.product_id}:{one.offer_id}:{one.moq}"
    page = await mine.get("/en/freight-quotes", params={"supplier_id": str(supplier_id), "country": "DE", "lines": lines})
    body = {"product_id": str(one.product_id), "offer_id": str(one.offer_id), "quantity": one.moq}
    quote = (await mine.post("/api/v1/freight-quotes", json={"supplier_id": str(supplier_id), "country": "DE", "lines": [body]})).json()["items"][0]
    assert page.status_code == 200
    assert f"Quote {quote['id']}" in page.text
    assert f"<h2><bdi>{quote['supplier_name']}</bdi>" in page.text
    assert quote["supplier_name"]
    wrong = await mine.get("/en/freight-quotes", params={"supplier_id": str(supplier_id), "country": "", "lines": lines})
    assert (wrong.status_code, "Choose a country." in wrong.text, lines in wrong.text) == (422, True, True)
    assert (await mine.get("/en/freight-quotes")).headers["location"] == "/en/cart"
    for query in ({"country": "DE"}, {"supplier_id": "x", "lines": lines}, {"supplier_id": str(supplier_id), "lines": "a:b"}):
        assert (await mine.get("/en/freight-quotes", params=query)).status_code == 404
    await mine.post("/api/v1/cart/lines", json=body, headers={"idempotency-key": str(uuid4())})
    assert f"/en/freight-quotes?supplier_id={supplier_id}&amp;country=" in (await mine.get("/en/cart")).text


async def test_as_many_lines_as_a_cart_holds_are_quoted_and_none_is_left_out(clients: dict[str, httpx.AsyncClient], world: World) -> None:
    mine, one = clients["buyer_a"], world.offers[0]
    asked = {"supplier_id": str(world.logins[one.supplier].organisation_id), "country": "DE"}
    line = {"product_id": str(one.product_id), "offer_id": str(one.offer_id), "quantity": one.moq}
    quotes = {}
    for count in (50, 51, 200):
        quotes[count] = (await mine.post("/api/v1/freight-quotes", json={**asked, "lines": [line] * count})).json()["items"][0]["id"]
    assert len(set(quotes.values())) == 3
    for count in (50, 51):
        text = ",".join([f"{one.product_id}:{one.offer_id}:{one.moq}"] * count)
        assert f"Quote {quotes[count]}" in (await mine.get("/en/freight-quotes", params={**asked, "lines": text})).text


async def test_an_address_without_lines_asks_for_what_the_cart_holds_of_the_supplier(clients: dict[str, httpx.AsyncClient], world: World) -> None:
    mine, one = clients["buyer_a"], world.offers[0]
    asked = {"supplier_id": str(world.logins[one.supplier].organisation_id), "country": "DE"}
    line = {"product_id": str(one.product_id), "offer_id": str(one.offer_id), "quantity": one.moq}
    await mine.post("/api/v1/cart/lines", json=line, headers={"idempotency-key": str(uuid4())})
    held = [
        one for group in (await mine.get("/api/v1/cart")).json()["groups"] if group["supplier_id"] == asked["supplier_id"] for one in group["lines"]
    ]
    lines = [{name: one[name] for name in ("product_id", "offer_id", "quantity")} for one in held]
    quote = (await mine.post("/api/v1/freight-quotes", json={**asked, "lines": lines})).json()["items"][0]["id"]
    assert f"Quote {quote}" in (await mine.get("/en/freight-quotes", params=asked)).text
    assert (await mine.get("/en/freight-quotes", params={**asked, "supplier_id": str(uuid4())})).status_code == 404


async def test_the_route_answers_buyers_and_refuses_what_is_malformed(clients: dict[str, httpx.AsyncClient], world: World) -> None:
    path, one = "/api/v1/freight-quotes", world.offers[0]
    lines = [{"product_id": str(one.product_id), "offer_id": str(one.offer_id), "quantity": one.moq}]
    body: dict[str, Any] = {"supplier_id": str(world.logins[one.supplier].organisation_id), "country": "DE", "lines": lines}
    answers = [await clients["buyer_a"].post(path, json=body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["items"][0]["id"] == answers[1].json()["items"][0]["id"]
    for wrong in (
        body | {"country": "de"},
        body | {"country": "XX"},
        body | {"lines": []},
        body | {"lines": lines * 201},
        body | {"lines": [lines[0] | {"quantity": 0}]},
        body | {"lines": [lines[0] | {"quantity": 10**9}]},
        body | {"lines": [lines[0] | {"offer_id": str(uuid4())}]},
        body | {"supplier_id": str(uuid4())},
        body | {"postal_code": "1" * 13},
        body | {"price": 1},
    ):
        assert (await clients["buyer_a"].post(path, json=wrong)).status_code == 422, wrong
    assert (await clients["anonymous"].post(path, json=body)).status_code in {401, 403}
