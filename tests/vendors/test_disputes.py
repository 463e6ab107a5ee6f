"""Tests of suppliers who say that their offer stands on the wrong product."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
import pytest

from marketplace.catalogue.matches import service as matches
from marketplace.catalogue.products import service as products
from marketplace.catalogue.products.schemas import NewProduct
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import InvalidInput, NotFound, VersionConflict
from marketplace.kernel.ids import uuid7
from tests.conftest import NOW
from tests.vendors.market import Shop, offer, product, shop
from vendors.disputes import service
from vendors.disputes.errors import DisputeClosed, DisputeOpen
from vendors.disputes.schemas import DecisionIn, DisputeIn
from vendors.offers import service as offers

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")
OPERATOR = Actor(organisation_id=uuid7(), person_id=uuid7(), capacities=frozenset({"operator"}), roles=frozenset({"admin"}))
SAID = DisputeIn(title="Bearing, sealed", reason="Sealed on both sides.", brand="Nord", part_number="6204-2RS")


async def market() -> tuple[Shop, UUID, UUID]:
    seller = await shop(f"Hansa {uuid7()}", now=NOW)
    product_id = await product(f"P-{uuid7()}", now=NOW)
    return seller, product_id, await offer(seller, product_id, "H-1", now=NOW)


async def stands_on(seller: Shop, offer_id: UUID) -> UUID:
    return (await offers.own_offer(offer_id, actor=seller.actor, now=NOW)).fact.product_id


async def test_what_cannot_be_seen_is_no_name_and_blanks_are_single() -> None:
    seller, _, offer_id = await market()
    bad = DisputeIn(title="Bear\u202eing", reason="Sealed\x00", brand="No\u200brd", part_number="6204\u2066")
    with pytest.raises(InvalidInput) as caught:
        await service.dispute(offer_id, bad, actor=seller.actor, now=NOW)
    assert {(one.pointer, one.code) for one in caught.value.errors} == {
        (f"/{name}", "invisible-character") for name in ("title", "reason", "brand", "part_number")
    }
    assert await service.mine(actor=seller.actor) == ([], None)
    said = DisputeIn(title="  Bearing,   sealed ", reason="Sealed  here.\n\nAnd there. ", brand=" Nord", part_number="6204-2RS ")
    made = await service.dispute(offer_id, said, actor=seller.actor, now=NOW)
    assert (made.title, made.reason, made.brand, made.part_number) == ("Bearing, sealed", "Sealed here.\n\nAnd there.", "Nord", "6204-2RS")


async def test_the_operator_sees_what_the_catalogue_has_of_the_brand_and_number() -> None:
    seller, _, offer_id = await market()
    made = await service.dispute(offer_id, SAID, actor=seller.actor, now=NOW)
    assert await service.alike([made]) == {made.id: []}
    new = NewProduct(source="tests", source_id="same", title="Bearing 6204, sealed", brand="NORD", part_number="6204 2RS")
    known = (await products.create_products([new], now=NOW)).ids[0]
    assert [one.id for one in (await service.alike([made]))[made.id]] == [known]


async def test_an_accepted_dispute_gives_the_offer_a_product_of_its_own() -> None:
    seller, product_id, offer_id = await market()
    asked = await service.dispute(offer_id, SAID, actor=seller.actor, now=NOW)
    assert (asked.state, asked.product_id, await stands_on(seller, offer_id)) == ("open", product_id, product_id)
    done = await service.decide(asked.id, DecisionIn("accept", 1, ""), actor=OPERATOR, now=NOW)
    assert done.new_product_id is not None
    made = await products.live_product(done.new_product_id)
    assert (made.title, made.brand, made.part_number, made.state) == ("Bearing, sealed", "Nord", "6204-2RS", "published")
    assert await stands_on(seller, offer_id) == done.new_product_id
    assert (await matches.pair(product_id, done.new_product_id)).state == "apart"


async def test_a_refused_dispute_changes_nothing_and_needs_a_reason() -> None:
    seller, product_id, offer_id = await market()
    asked = await service.dispute(offer_id, SAID, actor=seller.actor, now=NOW)
    with pytest.raises(InvalidInput):
        await service.decide(asked.id, DecisionIn("refuse", 1, " "), actor=OPERATOR, now=NOW)
    with pytest.raises(InvalidInput):
        await service.decide(asked.id, DecisionIn("refuse", 1, "No\u202e."), actor=OPERATOR, now=NOW)
    assert (await service.of_offer(offer_id, actor=seller.actor))[0].state == "open"
    done = await service.decide(asked.id, DecisionIn("refuse", 1, "The sheet says the same."), actor=OPERATOR, now=NOW)
    assert (done.state, done.answer, await stands_on(seller, offer_id)) == ("refused", "The sheet says the same.", product_id)
    again = await service.dispute(offer_id, SAID, actor=seller.actor, now=NOW)
    assert [one.state for one in await service.of_offer(offer_id, actor=seller.actor)] == ["open", "refused"]
    assert again.version == 1


async def test_a_dispute_is_asked_answered_and_withdrawn_once() -> None:
    seller, _, offer_id = await market()
    asked = await service.dispute(offer_id, SAID, actor=seller.actor, now=NOW)
    with pytest.raises(DisputeOpen):
        await service.dispute(offer_id, SAID, actor=seller.actor, now=NOW)
    with pytest.raises(VersionConflict):
        await service.decide(asked.id, DecisionIn("accept", 2, ""), actor=OPERATOR, now=NOW)
    assert (await service.withdraw(asked.id, actor=seller.actor, now=NOW)).state == "withdrawn"
    with pytest.raises(DisputeClosed):
        await service.withdraw(asked.id, actor=seller.actor, now=NOW)
    with pytest.raises(DisputeClosed):
        await service.decide(asked.id, DecisionIn("accept", 2, ""), actor=OPERATOR, now=NOW)


async def test_pages_hold_each_dispute_once_what_waits_longest_first_then_what_is_over_newest_first() -> None:
    seller, product_id, first = await market()
    ids = [first, *[await offer(seller, product_id, f"H-{number}", now=NOW) for number in range(2, 6)]]
    for number, one in enumerate(ids):
        await service.dispute(one, msgspec.structs.replace(SAID, title=f"Bearing {number}"), actor=seller.actor, now=NOW + timedelta(seconds=number))
    held = {one.title: one for one in (await service.mine(actor=seller.actor))[0]}
    for number in (0, 3):
        await service.withdraw(held[f"Bearing {number}"].id, actor=seller.actor, now=NOW)
    seen, after = [], None
    while True:
        page, after = await service.mine(actor=seller.actor, after=after, limit=2)
        seen += [(one.title, one.state) for one in page]
        if after is None:
            break
    assert seen == [(f"Bearing {number}", "open") for number in (1, 2, 4)] + [(f"Bearing {number}", "withdrawn") for number in (3, 0)]
    everybody, _ = await service.all_of_them(actor=OPERATOR, limit=200)
    assert await service.count_open(actor=OPERATOR) == sum(one.state == "open" for one in everybody)


async def test_a_page_of_disputes_leads_to_the_next_and_an_answer_is_refused_on_its_page(clients: dict[str, httpx.AsyncClient]) -> None:
    seller, product_id, first = await market()
    for one in [first, *[await offer(seller, product_id, f"H-{number}", now=NOW) for number in range(2, 29)]]:
        await service.dispute(one, SAID, actor=seller.actor, now=NOW)
    operator = clients["operator"]
    page = (await operator.get("/en/operator/disputes")).text
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    path = html.unescape(following[1])
    later = await operator.get(path)
    assert (later.status_code, "No dispute waits" in later.text) == (200, False)
    action = re.search(r'action="(/en/operator/disputes/[^"]+/decision[^"]*)"', later.text)
    assert action is not None
    assert html.unescape(action[1]).partition("?")[2] == path.partition("?")[2]
    assert (await operator.get("/api/v1/operator/disputes", params={"cursor": "x"})).status_code == 400
    listed = (await operator.get("/api/v1/operator/disputes", params={"limit": 1})).json()
    assert (len(listed["items"]), listed["next_cursor"] is None) == (1, False)


async def test_nobody_disputes_for_another() -> None:
    seller, _, offer_id = await market()
    other = await shop(f"Rhein {uuid7()}", now=NOW)
    with pytest.raises(NotFound):
        await service.dispute(offer_id, SAID, actor=other.actor, now=NOW)
    asked = await service.dispute(offer_id, SAID, actor=seller.actor, now=NOW)
    with pytest.raises(NotFound):
        await service.withdraw(asked.id, actor=other.actor, now=NOW)
    assert await service.mine(actor=other.actor) == ([], None)


async def test_what_is_missing_is_named_and_what_was_typed_stays(clients: dict[str, httpx.AsyncClient], world: World) -> None:
    mine = next(one for one in world.offers if one.supplier == "supplier_a")
    place, supplier = f"/supplier/offers/{mine.offer_id}/dispute", clients["supplier_a"]
    token = re.search(r'name="csrf_token" value="([^"]+)"', (await supplier.get(place)).text)
    assert token is not None
    sent = {"csrf_token": token[1], "idempotency_key": uuid4().hex, "title": "", "reason": "", "brand": "Orvik"}
    refused = await supplier.post(place, data=sent)
    assert refused.status_code == 422
    assert "Say what you offer." in refused.text
    assert 'value="Orvik"' in refused.text
    done = await supplier.post(place, data=sent | {"idempotency_key": uuid4().hex, "title": "Bearing, sealed", "reason": "Sealed."})
    assert (done.status_code, done.headers["location"]) == (303, place)
    assert "Waits for the operator" in (await supplier.get(place)).text
    assert "Bearing, sealed" in (await clients["operator"].get("/operator/disputes")).text
