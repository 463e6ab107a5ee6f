"""The operator sorts over HTTP: a group becomes a rule, one product is corrected, the step is taken back, and each says why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from marketplace.catalogue.products.service import create_products
from tests.catalogue.test_sorting_service import categories, product
from tests.conftest import NOW
from tests.kernel.test_identity_pages import _browser as _browser  # noqa: PLC0414 - the fixture of a browser at 203.0.113.7
from tests.kernel.test_identity_pages import operator_in, post

if TYPE_CHECKING:
    import httpx

pytestmark = pytest.mark.usefixtures("rolled_back")
PLACE = "/operator/sorting"


async def test_a_group_becomes_a_rule_and_a_correction_is_taken_back(browser: httpx.AsyncClient) -> None:
    cables, bags = await categories()
    ids = (await create_products([product(n, "zircon hose") for n in range(3)], now=NOW)).ids
    await operator_in(browser)
    assert "zircon hose" in (await browser.get(PLACE)).text
    wanted = {"kind": "type", "phrase": "zircon hose", "category_id": str(cables), "priority": "100"}
    preview = await browser.get(f"{PLACE}/rules/new", params=wanted)
    assert "3 products would go to" in preview.text
    made = await post(browser, f"{PLACE}/rules", preview, **wanted)
    assert (made.status_code, made.headers["location"].endswith("/rules?q=zircon+hose&stored=rule")) == (303, True)
    why = await browser.get(f"{PLACE}/products/{ids[0]}")
    assert "3 products stand by this rule" in why.text
    again = await post(browser, f"{PLACE}/rules", await browser.get(f"{PLACE}/rules/new", params=wanted), **wanted)
    assert (again.status_code, "zircon hose" in again.text) == (409, True)
    page = await browser.get(f"{PLACE}/products", params={"by": "rule"})
    none = await post(browser, f"{PLACE}/products", page, act="place", category_id=str(bags), back="by=source&q=nothing")
    assert (none.status_code, "Choose at least one product." in none.text) == (422, True)
    assert 'value="nothing"' in none.text
    assert re.search(r'<option value="source" selected>', none.text)
    wrong = await post(browser, f"{PLACE}/products", page, act="place", category_id=str(bags), back="cursor=nonsense&by=never")
    assert (wrong.status_code, "Choose at least one product." in wrong.text) == (422, True)
    placed = await post(browser, f"{PLACE}/products", page, act="place", category_id=str(bags), chosen=f"{ids[0]}:{cables}", back="by=rule")
    assert (placed.status_code, placed.headers["location"].endswith("products?by=rule&done=1&left=0&gone=0")) == (303, True)
    late = await post(browser, f"{PLACE}/products", page, act="place", category_id=str(cables), chosen=f"{ids[0]}:")
    assert (late.status_code, "were moved since you looked" in late.text) == (409, True)
    listed = await browser.get(f"{PLACE}/products")
    back = await post(browser, f"{PLACE}/undo", listed)
    assert (back.status_code, back.headers["location"].endswith("products?back=1&left=0")) == (303, True)
    assert "Taken back: 1 product stands where it stood." in (await browser.get(back.headers["location"])).text
    assert "placed by a rule" in (await browser.get(f"{PLACE}/products/{ids[0]}")).text
