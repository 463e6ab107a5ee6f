"""Tests of an offer's terms: changed with a version, refused with what changed meanwhile, and every reason with its way out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec
import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction
from marketplace.kernel.errors import InvalidInput, NotFound, VersionConflict
from marketplace.kernel.ids import uuid7
from tests.conftest import NOW
from tests.vendors import market
from tests.vendors.desk import key, signed_in
from vendors.offers import service as offers
from vendors.offers.errors import NoSuchSite
from vendors.offers.schemas import OwnFilter
from vendors.prices import service as prices
from vendors.prices.schemas import NewPrice
from vendors.terms import service
from vendors.terms.errors import OfferRetired, PriceStartsHigher
from vendors.visibility import service as visibility
from vendors.visibility.schemas import RuleIn

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.kernel.database import Connection
    from marketplace.kernel.http.edge import Edge

pytestmark = pytest.mark.usefixtures("rolled_back")
ROW = "SELECT moq, multiple, lead_days, version FROM vendors.offers WHERE id = $1"


async def row(there: Connection, offer_id: UUID) -> tuple[Any, ...]:
    found = await there.fetchrow(ROW, offer_id)
    assert found is not None
    return tuple(found)


async def one_offer(**terms: Any) -> tuple[market.Shop, UUID]:
    seller = await market.shop("Hansa Lager", now=NOW)
    return seller, await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW, **terms)


async def test_terms_change_together_once_and_are_written_down() -> None:
    seller, offer_id = await one_offer()
    wanted = {"moq": 5, "multiple": 5, "lead_days": 9, "incoterm": "DAP", "valid_to": NOW + timedelta(days=9), "allows_backorder": True}
    assert await service.change(offer_id, wanted=wanted, version=1, actor=seller.actor, now=NOW) == 2
    fact = (await offers.own_offer(offer_id, actor=seller.actor, now=NOW)).fact
    assert {name: getattr(fact, name) for name in wanted} == wanted
    assert await service.change(offer_id, wanted=wanted, version=2, actor=seller.actor, now=NOW) == 2
    async with transaction(actor=WORKER) as held:
        (noted,) = await held.fetch(
            "SELECT before::text, after::text FROM kernel.audit_rows WHERE action = 'offer.terms_changed' AND entity_id = $1", offer_id
        )
    before, after = (msgspec.json.decode(side) for side in noted)
    assert before == {"moq": 1, "multiple": 1, "lead_days": 1, "incoterm": "EXW", "valid_to": None, "allows_backorder": False}
    assert after == wanted | {"valid_to": str(wanted["valid_to"])}


async def test_who_comes_late_is_told_what_changed_and_changes_nothing(rolled_back: Connection) -> None:
    seller, offer_id = await one_offer()
    await service.change(offer_id, wanted={"moq": 4, "lead_days": 7}, version=1, actor=seller.actor, now=NOW)
    with pytest.raises(VersionConflict) as caught:
        await service.change(offer_id, wanted={"moq": 2, "lead_days": 7}, version=1, actor=seller.actor, now=NOW)
    assert [(error.pointer, error.params) for error in caught.value.errors] == [("/moq", {"value": "4"})]
    assert (caught.value.extra["version"], caught.value.extra["terms"]["lead_days"]) == (2, 7)
    assert await row(rolled_back, offer_id) == (4, 1, 7, 2)


async def test_terms_that_cannot_be_change_nothing(rolled_back: Connection) -> None:
    seller, offer_id = await one_offer(tiers=market.tiers((5, "3.00")), moq=5)
    other = await market.shop("Rhein Teile", now=NOW)
    refused: list[tuple[type[Exception], dict[str, Any], Any]] = [
        (PriceStartsHigher, {"moq": 4}, seller.actor),
        (NoSuchSite, {"site_id": other.site_id}, seller.actor),
        (NoSuchSite, {"site_id": uuid7()}, seller.actor),
        (InvalidInput, {"valid_to": NOW}, seller.actor),
        (InvalidInput, {"origin_country": "XX"}, seller.actor),
        (NotFound, {"moq": 10}, other.actor),
    ]
    for error, wanted, who in refused:
        with pytest.raises(error):
            await service.change(offer_id, wanted=wanted, version=1, actor=who, now=NOW)
    planned = NewPrice(tiers=market.tiers((1, "3.00")), starts=NOW + timedelta(days=1))
    await prices.plan(offer_id, price=planned, version=1, actor=seller.actor, now=NOW)
    with pytest.raises(PriceStartsHigher):
        await service.change(offer_id, wanted={"moq": 4}, version=2, actor=seller.actor, now=NOW)
    assert await row(rolled_back, offer_id) == (5, 1, 1, 2)
    await offers.set_state(offer_id, wanted="retired", version=2, actor=seller.actor, now=NOW)
    with pytest.raises(OfferRetired):
        await service.change(offer_id, wanted={"moq": 6}, version=3, actor=seller.actor, now=NOW)


async def test_every_reason_and_note_has_its_words_and_the_page_that_changes_it(app: Edge, rolled_back: Connection) -> None:
    seller, offer_id = await one_offer()
    await rolled_back.execute(
        "INSERT INTO vendors.site_exceptions (site_id, on_date, is_open, reason) VALUES ($1, $2, false, '')", seller.site_id, NOW.date()
    )
    await visibility.set_level(RuleIn(level="org_allowlist"), actor=seller.actor, now=NOW)
    await offers.set_stock(offer_id, on_hand=0, version=1, actor=seller.actor, now=NOW)
    await offers.set_state(offer_id, wanted="paused", version=2, actor=seller.actor, now=NOW)
    await service.change(offer_id, wanted={"valid_from": NOW + timedelta(days=1)}, version=3, actor=seller.actor, now=NOW)
    async with signed_in(app, seller) as client:
        told = (await client.get(f"/api/v1/offers/{offer_id}")).json()
        place = f"/supplier/offers/{offer_id}"
        assert [(one["code"], one["fix"]) for one in told["reasons"]] == [
            ("offer-paused", f"{place}#s-state"), ("not-yet-valid", f"{place}#s-terms"), ("no-stock", f"{place}#s-stock"),
        ]  # fmt: skip
        assert [(one["code"], one["fix"]) for one in told["notes"]] == [
            ("org-allowlist", "/supplier/visibility"), ("site-closed-today", f"/supplier/sites/{seller.site_id}"),
            ("no-category", f"/products/{told['product_id']}"),
        ]  # fmt: skip
        assert all(one["message"] for one in told["reasons"] + told["notes"])
        page = (await client.get(f"/en{place}")).text
        for one in told["reasons"] + told["notes"]:
            assert f'href="/en{one["fix"]}"' in page
            assert (await client.get(one["fix"].split("#")[0], follow_redirects=True)).status_code == 200


async def test_terms_are_changed_over_the_api_and_on_the_page(app: Edge, rolled_back: Connection) -> None:
    seller, offer_id = await one_offer()
    async with signed_in(app, seller) as client:
        path = f"/api/v1/offers/{offer_id}"
        changed = await client.patch(path, json={"moq": 3, "lead_days": 4}, headers=key() | {"if-match": "1"})
        assert (changed.status_code, changed.json()["moq"], changed.json()["version"]) == (200, 3, 2)
        late = await client.patch(path, json={"moq": 8}, headers=key() | {"if-match": "1"})
        assert (late.status_code, late.json()["errors"][0]["message"]) == (412, "Somebody set this to 3 meanwhile.")
        for wrong in (
            {"moq": 0},
            {"moq": "1.5"},
            {"lead_days": 731},
            {"incoterm": "DDU"},
            {"valid_to": "2026-01-01T00:00:00"},
            {"unit_code": "KGM"},
            {},
        ):
            assert (await client.patch(path, json=wrong, headers=key() | {"if-match": "2"})).status_code == 422
        fields = {
            "version": "2", "moq": "6", "multiple": "2", "pack_size": "2", "lead_days": "5", "incoterm": "DAP", "origin_country": "DE", "condition": "new",
            "site_id": str(seller.site_id), "valid_from": "2026-11-24T10:20", "valid_to": "2027-01-01T00:00", "csrf_token": client.headers["x-csrf-token"],
        }  # fmt: skip
        stored = await client.post(f"/supplier/offers/{offer_id}/terms", data=fields | {"idempotency_key": uuid4().hex})
        assert stored.status_code == 303
        assert await row(rolled_back, offer_id) == (6, 2, 5, 3)
        shown = (await client.get(path)).json()
        assert (shown["valid_from"], shown["valid_to"]) == ("2026-11-24T09:20:00Z", "2026-12-31T23:00:00Z")
        late_page = await client.post(f"/supplier/offers/{offer_id}/terms", data=fields | {"moq": "9", "idempotency_key": uuid4().hex})
        assert late_page.status_code == 412
        assert "Somebody set this to 6 meanwhile." in late_page.text
        assert 'name="moq" type="text" value="9"' in late_page.text
    assert await row(rolled_back, offer_id) == (6, 2, 5, 3)


async def test_an_offer_in_a_currency_without_a_rate_says_so() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    for number, currency in enumerate(("EUR", "XPF")):
        await market.offer(seller, product_id, f"H-{number}", now=NOW, currency=currency)
    found = await offers.own_offers(OwnFilter(), actor=seller.actor, now=NOW)
    assert {own.fact.currency: "no-rate" in own.notes for own in found} == {"EUR": False, "XPF": True}
