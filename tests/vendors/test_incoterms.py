"""Tests of the eleven Incoterms 2020: each can be stored over API, form, file and profile, and stands with its meaning where it is chosen."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, get_args
from uuid import uuid4

import asyncpg
import pytest

from marketplace.kernel.database import savepoint
from services_addons.logistics.rules_incoterms import INCOTERMS
from tests.conftest import NOW
from tests.vendors import feed, market
from tests.vendors.desk import key, signed_in
from tests.vendors.test_profile_routes import PROFILE
from vendors.accounts.schemas import INCOTERM_WORDS, Incoterm
from vendors.imports import rules_cells

if TYPE_CHECKING:
    from marketplace.kernel.database import Connection
    from marketplace.kernel.http.edge import Edge

pytestmark = pytest.mark.usefixtures("rolled_back", "files")
ELEVEN = ("EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP")
ROW = "SELECT incoterm, version FROM vendors.offers WHERE id = $1"


def test_one_list_of_eleven_is_explained_read_from_files_and_counted_in_freight() -> None:
    assert get_args(Incoterm) == tuple(INCOTERM_WORDS) == ELEVEN
    assert set(INCOTERMS) == set(rules_cells.WORDS["incoterm"].values()) == set(ELEVEN)
    assert all(words.startswith(f"{code} · ") for code, words in INCOTERM_WORDS.items())


async def test_an_offer_takes_each_of_them_over_api_and_page(app: Edge, rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    offer_id = await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW)
    async with signed_in(app, seller) as client:
        for version, code in enumerate(ELEVEN[1:], 1):
            changed = await client.patch(f"/api/v1/offers/{offer_id}", json={"incoterm": code}, headers=key() | {"if-match": str(version)})
            assert (changed.status_code, changed.json()["incoterm"]) == (200, code)
        for page, name in ((f"/supplier/offers/{offer_id}", "incoterm"), ("/supplier/profile", "default_incoterm")):
            shown = html.unescape((await client.get(f"/en{page}")).text)
            select = shown.partition(f'name="{name}"')[2].partition("</select>")[0]
            assert [f">{words}<" in select for words in INCOTERM_WORDS.values()] == [True] * 11
        fields = {
            "version": "11", "moq": "1", "multiple": "1", "pack_size": "1", "lead_days": "1", "incoterm": "CIP", "origin_country": "DE", "condition": "new", "valid_from": "2026-11-24T10:20",
            "site_id": str(seller.site_id), "csrf_token": client.headers["x-csrf-token"], "idempotency_key": uuid4().hex,
        }  # fmt: skip
        assert (await client.post(f"/supplier/offers/{offer_id}/terms", data=fields)).status_code == 303
        assert tuple(await rolled_back.fetchrow(ROW, offer_id) or ()) == ("CIP", 12)
        refused = await client.post(
            f"/supplier/offers/{offer_id}/terms", data=fields | {"version": "12", "incoterm": "cif", "idempotency_key": uuid4().hex}
        )
        assert refused.status_code == 422
        saved = await client.put("/api/v1/supplier/profile", json=PROFILE | {"default_incoterm": "DPU"}, headers=key())
        assert (saved.status_code, saved.json()["default_incoterm"]) == (200, "DPU")
    assert tuple(await rolled_back.fetchrow(ROW, offer_id) or ()) == ("CIP", 12)


async def test_a_file_takes_each_of_them(rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    ids = [await market.offer(seller, product_id, f"H-{code}", now=NOW) for code in ELEVEN]
    await feed.applied(seller, "sku,incoterm\n" + "".join(f"H-{code},{code.lower()}\n" for code in ELEVEN))
    assert [await rolled_back.fetchval("SELECT incoterm FROM vendors.offers WHERE id = $1", one) for one in ids] == list(ELEVEN)


@pytest.mark.parametrize(
    "sql", ["UPDATE vendors.offers SET incoterm = 'DDU'", "UPDATE vendors.suppliers SET default_incoterm = 'DDU'"], ids=["offers", "suppliers"]
)
async def test_the_database_takes_no_other(sql: str, rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW)
    with pytest.raises(asyncpg.CheckViolationError):
        async with savepoint():
            await rolled_back.execute(sql)
