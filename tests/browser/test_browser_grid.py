"""The price grid in a browser: a spreadsheet's keys, a pasted block, undoing, many rows at once, a preview and a save; and the same without script."""

from __future__ import annotations

import asyncio
import contextvars
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.test_browser_pages import HOST, browser

if TYPE_CHECKING:
    import httpx

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("rolled_back")]
__all__ = ["browser"]
UNSAVED = "[data-unsaved]"
PASTE = """([name, text]) => { const cell = document.querySelector(`input[name="${name}"]`); cell.focus();
  const data = new DataTransfer(); data.setData('text/plain', text);
  cell.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })); }"""


async def opened(browser: Any, client: httpx.AsyncClient, *, has_script: bool = True, path: str = "/en/supplier/grid") -> Any:
    """Open the grid in a window whose requests, forms too, are answered by the application in this test's own transaction and at its hour."""
    context = await browser.new_context(viewport={"width": 1366, "height": 900}, java_script_enabled=has_script)
    page = await context.new_page()

    own = contextvars.copy_context()

    async def answer(route: Any) -> None:
        await asyncio.create_task(answered(route), context=own)

    async def answered(route: Any) -> None:
        asked = route.request
        headers = {"content-type": asked.headers.get("content-type", "application/octet-stream")} if asked.method == "POST" else {}
        got = await client.request(asked.method, asked.url.removeprefix(HOST), content=asked.post_data_buffer, headers=headers)
        if got.status_code == 303:
            got = await client.get(got.headers["location"])
        kept = {name: value for name, value in got.headers.items() if name not in {"content-encoding", "content-length"}}
        await route.fulfill(status=got.status_code, headers=kept, body=got.content)

    await page.route("**/*", answer)
    await page.goto(f"{HOST}{path}")
    return page


async def value(page: Any, name: str) -> str:
    return str(await page.input_value(f"input[name='{name}']"))


async def focused(page: Any) -> str:
    return str(await page.evaluate("document.activeElement.name"))


async def test_keys_move_edit_fill_and_take_back(browser: Any, clients: dict[str, httpx.AsyncClient]) -> None:
    page = await opened(browser, clients["supplier_a"])
    before = [await value(page, f"p{number}.0") for number in range(3)]
    await page.focus("input[name='p0.0']")
    await page.keyboard.type("7.77")
    await page.keyboard.press("Enter")
    assert await focused(page) == "p1.0"
    await page.keyboard.press("Control+d")
    assert [await value(page, f"p{number}.0") for number in range(3)] == ["7.77", "7.77", before[2]]
    assert await page.inner_text(UNSAVED) == "Unsaved cells: 2, in rows: 2"
    assert await page.get_attribute("input[name='p0.0']", "title") == f"was {before[0]}"
    await page.keyboard.press("Control+z")
    await page.keyboard.press("Control+z")
    assert [await value(page, f"p{number}.0") for number in range(3)] == before
    assert await page.inner_text(UNSAVED) == "Nothing unsaved"
    await page.keyboard.press("Control+y")
    assert await value(page, "p0.0") == "7.77"
    await page.focus("input[name='p0.0']")
    await page.keyboard.press("ArrowRight")
    assert await focused(page) == "h0.0"
    await page.keyboard.press("ArrowDown")
    assert await focused(page) == "h1.0"
    await page.keyboard.type("5")
    await page.keyboard.press("Escape")
    assert await page.inner_text(UNSAVED) == "Unsaved cells: 1, in rows: 1"
    await page.context.close()


async def test_folded_tiers_are_passed_over_by_keys_and_by_a_pasted_block_until_they_are_unfolded(
    browser: Any, clients: dict[str, httpx.AsyncClient]
) -> None:
    client = clients["supplier_a"]
    page = await opened(browser, client)
    offer_id = (await page.get_attribute("tr[data-row] >> nth=0 >> th a", "href")).rpartition("/")[2]
    version = (await client.get(f"/api/v1/offers/{offer_id}")).json()["version"]
    tiers = [{"from_quantity": 1, "unit_price": "9"}, {"from_quantity": 50, "unit_price": "8"}]
    made = await client.patch(
        f"/api/v1/offers/{offer_id}", json={"tiers": tiers}, headers={"if-match": str(version), "idempotency-key": "folded-tiers-0001"}
    )
    assert made.status_code == 200, made.text
    await page.reload()
    await page.focus("input[name='p0.0']")
    await page.keyboard.press("ArrowRight")
    assert await focused(page) == "h0.0"
    await page.evaluate(PASTE, ["p0.0", "7.50\t11\r\n"])
    assert [await value(page, name) for name in ("p0.0", "p0.1", "h0.0")] == ["7.50", "8.00", "11"]
    await page.click("tr[data-row] >> nth=0 >> details.rest summary")
    await page.focus("input[name='p0.0']")
    await page.keyboard.press("ArrowRight")
    assert await focused(page) == "p0.1"
    await page.context.close()


async def test_a_block_of_a_spreadsheet_goes_into_the_cells_from_here_on_as_one_step(browser: Any, clients: dict[str, httpx.AsyncClient]) -> None:
    page = await opened(browser, clients["supplier_a"])
    before = [await value(page, f"h{number}.0") for number in range(3)]
    await page.evaluate(PASTE, ["h0.0", "11\t1\r\n12\t2\r\n1,234\t3\r\n"])
    assert [await value(page, f"h{number}.0") for number in range(3)] == ["11", "12", "1,234"]
    assert [await value(page, f"k{number}.0") for number in range(3)] == ["1", "2", "3"]
    await page.keyboard.press("Control+z")
    assert [await value(page, f"h{number}.0") for number in range(3)] == before
    await page.context.close()


async def test_selected_rows_change_are_previewed_and_saved(browser: Any, clients: dict[str, httpx.AsyncClient]) -> None:
    page = await opened(browser, clients["supplier_a"])
    for number in range(4):
        await page.check(f"input[name=pick][value='{number}']")
    await page.click("details.bulk summary")
    await page.fill("#f-percent", "-3")
    await page.click("button[value=percent]")
    await page.locator(UNSAVED, has_text="in rows: 4").wait_for()
    marked = await page.inner_text(UNSAVED)
    await page.click("button[value=preview]")
    told = await page.inner_text("#preview .jumps")
    assert "Nothing is saved yet." in told
    assert "product" in told
    assert await page.inner_text(UNSAVED) == marked
    await page.focus("input[name='p0.0']")
    await page.keyboard.press("Control+z")
    assert await page.inner_text(UNSAVED) == "Nothing unsaved"
    await page.keyboard.press("Control+y")
    await page.click("button.primary")
    assert "Undo this save" in await page.content()
    assert await page.inner_text(UNSAVED) == "Nothing unsaved"
    await page.context.close()


async def test_a_refused_cell_keeps_what_was_typed_and_says_why(browser: Any, clients: dict[str, httpx.AsyncClient]) -> None:
    page = await opened(browser, clients["supplier_a"])
    await page.fill("input[name='p2.0']", "1,234")
    await page.click("button.primary")
    assert await value(page, "p2.0") == "1,234"
    assert "This may mean 1234 or 1.2340" in await page.inner_text("#e-p2\\.0")
    assert await page.evaluate("document.activeElement.className") == "summary"
    await page.fill("input[name='p2.0']", "1234")
    assert [await page.locator(one).count() for one in (".summary", "#e-p2\\.0", "[aria-invalid]")] == [0, 0, 0]
    await page.context.close()


async def test_the_same_table_works_without_script(browser: Any, clients: dict[str, httpx.AsyncClient]) -> None:
    page = await opened(browser, clients["supplier_a"], has_script=False)
    await page.fill("input[name='h0.0']", "321")
    await page.click("button[value=preview]")
    assert await page.locator("#preview").count() == 1
    assert await value(page, "h0.0") == "321"
    await page.click("button.primary")
    assert await page.locator("text=Undo this save").count() == 1
    assert await value(page, "h0.0") == "321"
    await page.context.close()
