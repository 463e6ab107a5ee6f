"""Tests of the words by which a supplier reads the state of an offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import NOW
from tests.vendors import market
from tests.vendors.desk import signed_in

if TYPE_CHECKING:
    from marketplace.kernel.http.edge import Edge

pytestmark = pytest.mark.usefixtures("rolled_back")


async def test_an_approved_offer_that_buyers_do_not_see_is_not_called_on_sale(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    offer_id = await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW, on_hand=0)
    async with signed_in(app, seller) as client:
        for path in ("/supplier/offers", f"/supplier/offers/{offer_id}"):
            page = (await client.get(path)).text
            assert '<span class="state wait">Approved · not visible</span>' in page
            assert '<span class="state ok">On sale</span>' not in page
            assert "Nothing is available" in page


async def test_an_offer_that_buyers_see_is_on_sale_and_its_number_keeps_to_one_line(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    offer_id = await market.offer(seller, await market.product("P-1", now=NOW), "NORD-HB240-65K-35", now=NOW)
    async with signed_in(app, seller) as client:
        page = (await client.get("/supplier/offers")).text
    assert '<span class="state ok">On sale</span>' in page
    assert f'<a class="nw" href="/supplier/offers/{offer_id}"><bdi>NORD-HB240-65K-35</bdi></a>' in page
