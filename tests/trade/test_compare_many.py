"""Tests of products with more offers than one part holds: none is left out by its place in the order of entry, and what is left out is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from marketplace.kernel.actor import ANONYMOUS
from marketplace.kernel.database import connection
from marketplace.trade.compare import rules, service
from marketplace.trade.compare.schemas import Wanted
from tests.conftest import NOW
from tests.trade import deals
from tests.trade.test_compare_groups import QUERY, compared, text_of
from tests.vendors.market import offer, tiers
from vendors.offers import queries_facts
from vendors.offers import service as offers
from vendors.visibility import service as visibility
from vendors.visibility.schemas import RuleIn

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

pytestmark = pytest.mark.usefixtures("rolled_back")
MANY = 520
# What of each table is another in a copy.
COPIED = {
    "offers": "'id', m.id, 'supplier_sku', m.sku", "offer_keys": "'offer_id', m.id, 'sku_key', m.sku", "stock_levels": "'offer_id', m.id",
    "price_versions": "'offer_id', m.id, 'id', gen_random_uuid()", "stock_movements": "'offer_id', m.id, 'id', gen_random_uuid()",
}  # fmt: skip


async def copies(product_id: UUID, offer_id: UUID, *, count: int, first: str) -> None:
    """Copy an offer with its key, price and stock so many times, under ids that begin with `first`."""
    for table, changed in COPIED.items():
        await connection().execute(
            f"""INSERT INTO vendors.{table} SELECT (jsonb_populate_record(o, jsonb_build_object({changed}))).* FROM vendors.{table} o
            CROSS JOIN (SELECT ($4 || '0000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid AS id, $4 || '-' || n AS sku FROM generate_series(1, $3) n) m
            WHERE o.product_id = $1 AND o.{"id" if table == "offers" else "offer_id"} = $2""",
            product_id, offer_id, count, first,
        )  # fmt: skip


async def many() -> tuple[deals.Deal, str]:
    """Make a product of over five hundred offers whose cheapest was entered last, and give that one."""
    market = await deals.deal(now=NOW)
    dear = await offer(market.hansa, market.product_id, "DEAR", now=NOW, on_hand=100, tiers=tiers((1, "30.00")))
    cheap = await offer(market.hansa, market.product_id, "CHEAP", now=NOW, on_hand=100, tiers=tiers((1, "5.00")))
    await copies(market.product_id, dear, count=MANY, first="f0aa")
    await copies(market.product_id, cheap, count=1, first="ffaa")
    await connection().execute(
        "UPDATE vendors.offers SET state = 'retired' WHERE product_id = $1 AND id = ANY ($2)", market.product_id, [dear, cheap]
    )
    return market, "ffaa0000-0000-7000-8000-000000000001"


async def test_the_best_of_very_many_is_found_wherever_it_stands_in_the_order_of_entry(client: httpx.AsyncClient) -> None:
    market, last = await many()
    found = await compared(market.product_id)
    assert (found.offers_found, found.is_capped, found.is_cut, len(found.offers)) == (MANY + 4, True, False, 50)
    assert (found.offers[0].offer_id, found.offers[0].place) == (last, 1)
    said = text_of((await client.get(f"/en/products/{market.product_id}?{QUERY}")).text)
    assert f"Of {MANY + 4} offers the 50 lowest before freight are compared." in said
    assert "looked at" not in said


async def test_the_fields_of_many_products_hold_all_offers_too() -> None:
    market, last = await many()
    (field,) = await service.fields([Wanted(product_id=market.product_id, quantity=60, country="DE")], currency="EUR", viewer=ANONYMOUS, now=NOW)
    assert len(field.rows) == MANY + 4
    assert field.standings(rules.DEFAULT)[0].offer_id == last


async def test_what_is_left_out_of_more_still_is_said_with_its_rule(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    market, last = await many()
    monkeypatch.setattr(queries_facts, "OFFERS_MAX", queries_facts.PART)
    monkeypatch.setattr(offers, "COMPARED_MAX", queries_facts.PART)
    found = await compared(market.product_id)
    assert (found.offers_found, found.is_cut, last in {one.offer_id for one in found.offers}) == (queries_facts.PART, True, False)
    said = text_of((await client.get(f"/en/products/{market.product_id}?{QUERY}")).text)
    assert "Only the first 500 offers were looked at, by the order of entry." in said


async def test_of_very_many_hidden_prices_the_first_are_listed_and_all_are_counted(client: httpx.AsyncClient) -> None:
    market, _ = await many()
    await visibility.set_level(RuleIn(level="prices_hidden"), actor=market.hansa.actor, now=NOW)
    found = await compared(market.product_id)
    assert (len(found.gated), found.summary.gated) == (50, MANY + 2)
    page = (await client.get(f"/en/products/{market.product_id}?{QUERY}")).text
    assert page.count('id="g-') == 50
    assert f"and {MANY + 2 - 50} more" in page
