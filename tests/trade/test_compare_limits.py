"""Tests of what a comparison does when the database keeps it waiting, and of what it says of a cost that it cannot tell."""

from __future__ import annotations

import asyncio
import csv
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from marketplace.kernel.actor import ANONYMOUS, WORKER
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.ids import uuid7
from marketplace.trade.compare import service
from services_addons.logistics import service as logistics
from services_addons.logistics.schemas import NewFreightTable, NewZone
from tests.conftest import NOW, PATIENCE
from tests.edge.refusals import check_problem
from tests.trade import deals
from tests.vendors.market import offer, shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

ASK = {"quantity": "60", "country": "DE", "postal_code": "10115"}


@asynccontextmanager
async def locked_offers() -> AsyncIterator[None]:
    """Let nobody read offers, on a connection of its own: whatever asks for them waits."""
    stands, done = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with transaction(actor=WORKER):
            await connection().execute("LOCK TABLE vendors.offers IN ACCESS EXCLUSIVE MODE")
            stands.set()
            await done.wait()

    holder = asyncio.create_task(hold())
    await stands.wait()
    yield
    done.set()
    await holder


@pytest.mark.usefixtures("committed")
async def test_a_comparison_that_is_kept_waiting_is_given_up_and_says_so(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    market = await deals.deal(now=NOW)
    address = f"/api/v1/products/{market.product_id}/comparison"
    assert service.SECONDS_MAX == 2 * PATIENCE
    monkeypatch.setattr(service, "SECONDS_MAX", 0.2)
    async with locked_offers():
        told = check_problem(await client.get(address, params=ASK), 422, "query-too-broad")
    assert told["detail"] == "This comparison took longer than 0.2 seconds and was given up; ask for it again in a moment."
    monkeypatch.undo()
    assert len((await client.get(address, params=ASK)).json()["offers"]) == 3


@pytest.mark.usefixtures("rolled_back")
async def test_unknown_freight_says_truly_why_and_one_in_another_currency_is_known() -> None:
    market = await deals.deal(now=NOW)
    without, elsewhere, other = [await shop(f"{name} {uuid7()}", now=NOW) for name in ("None", "Far", "Dollar")]
    await deals.freight(other, "USD", 500, now=NOW)
    table = NewFreightTable(
        name="Asia", currency="EUR", valid_from=NOW.date(), zones=(NewZone(code="vn", transit_days=3, areas=(("VN", ""),), rates=((10**6, 900),)),)
    )
    await logistics.create_freight_table(elsewhere.supplier_id, table=table, actor=elsewhere.actor, now=NOW)
    ids = [await offer(seller, market.product_id, f"S-{uuid7()}", now=NOW, on_hand=500) for seller in (without, elsewhere, other)]
    found = await service.compare_given(market.product_id, ASK, viewer=ANONYMOUS, now=NOW)
    freight = {one.offer_id: one.components[1] for one in found.offers}
    assert [(freight[str(one)].state, freight[str(one)].note) for one in ids] == [
        ("unknown", "no-table"),
        ("unknown", "no-zone"),
        ("known", "converted invented-rates"),
    ]


@pytest.mark.usefixtures("rolled_back")
async def test_unknown_freight_has_words_of_its_own_and_a_converted_one_its_rate(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    without, other = [await shop(f"{name} {uuid7()}", now=NOW) for name in ("None", "Dollar")]
    await deals.freight(other, "USD", 500, now=NOW)
    for seller, words in ((without, "The supplier states no freight table"), (other, "1 USD = ")):
        offer_id = await offer(seller, market.product_id, f"S-{uuid7()}", now=NOW, on_hand=500)
        page = await client.get(f"/en/products/{market.product_id}?quantity=60&country=DE&why={offer_id}")
        assert words in page.text


@pytest.mark.usefixtures("rolled_back")
async def test_tax_is_not_determined_and_the_csv_says_so(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    rows = list(csv.DictReader((await client.get(f"/en/products/{market.product_id}/comparison.csv", params=ASK)).text.splitlines()))
    assert [row["tax_state"] for row in rows] == ["not_determined"] * 3


@pytest.mark.usefixtures("rolled_back")
async def test_arrival_checks_and_terms_say_where_they_come_from(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    without = await shop(f"None {uuid7()}", now=NOW)
    unknown = str(await offer(without, market.product_id, f"S-{uuid7()}", now=NOW, on_hand=500))
    offers = {one["offer_id"]: one for one in (await client.get(f"/api/v1/products/{market.product_id}/comparison", params=ASK)).json()["offers"]}
    known = offers[str(market.hansa_offer)]
    assert [known[name] for name in ("ready_source", "transit_source", "terms_source")] == ["site-calendar", "test", "supplier"]
    assert known["transit_as_of"] == known["components"][1]["as_of"]
    assert known["supplier"]["checks_source"] == "operator"
    assert (offers[unknown]["transit_days"], offers[unknown]["transit_source"], offers[unknown]["transit_as_of"]) == (None, "", None)
    page = (await client.get(f"/en/products/{market.product_id}", params={**ASK, "why": str(market.hansa_offer)})).text
    assert "By the supplier&#39;s lead time, the site&#39;s calendar and test" in page
