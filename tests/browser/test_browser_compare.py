"""The comparison in a browser: terms change what stands below them and nothing else, and keyboard, address and Back agree; and the same without script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.test_browser_grid import focused, opened
from tests.browser.test_browser_pages import browser

if TYPE_CHECKING:
    import httpx

    from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("rolled_back")]
__all__ = ["browser"]
STARTED = "quantity=10&country=DE&postal_code=10115"
# The page is not loaded anew as long as what was written on its window stands.
SAME = "window.isTheSame"


async def compared(browser: Any, client: httpx.AsyncClient, world: World, *, has_script: bool = True) -> Any:
    page = await opened(browser, client, has_script=has_script, path=f"/en/products/{world.product_ids[0]}?{STARTED}")
    if has_script:
        await page.evaluate(f"{SAME} = true")
    return page


async def added(page: Any) -> list[str]:
    return list(await page.locator(".cmp tbody td.act button").all_inner_texts())


async def asked(page: Any, name: str, value: str) -> None:
    """Wait until the address says so: then what it shows stands too."""
    await page.wait_for_function("([name, value]) => new URLSearchParams(location.search).get(name) === value", arg=[name, value])


async def test_a_new_quantity_leaves_the_keyboard_on_the_next_field(browser: Any, clients: dict[str, httpx.AsyncClient], world: World) -> None:
    page = await compared(browser, clients["buyer_a"], world)
    before = await added(page)
    assert "Add 10" in before
    await page.focus("#quantity")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("40")
    await page.keyboard.press("Tab")
    await asked(page, "quantity", "40")
    assert "Add 40" in await added(page)
    assert await page.inner_text("[data-told]") == await page.inner_text("[data-tells]")
    assert await focused(page) == "need_by"
    assert await page.evaluate(SAME) is True
    assert "quantity=40" in await page.get_attribute("details.menu a[hreflang=vi]", "href")
    await page.go_back()
    await page.locator("button", has_text="Add 10").first.wait_for()
    assert await added(page) == before
    assert await page.input_value("#quantity") == "10"
    await page.go_forward()
    await page.locator("button", has_text="Add 40").first.wait_for()
    assert await page.input_value("#quantity") == "40"
    await page.context.close()


async def test_arrow_keys_in_a_list_ask_once_when_the_list_is_left_or_on_enter(
    browser: Any, clients: dict[str, httpx.AsyncClient], world: World
) -> None:
    page = await compared(browser, clients["buyer_a"], world)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/products/" in request.url else None)
    await page.focus("#currency")
    was = await page.input_value("#currency")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    chosen = await page.input_value("#currency")
    assert chosen != was
    assert sent == []
    assert await focused(page) == "currency"
    await page.keyboard.press("Tab")
    await asked(page, "currency", chosen)
    assert len(sent) == 1
    assert await page.evaluate("document.activeElement.className") == "how"
    await page.select_option("#country", "FR")
    await asked(page, "country", "FR")
    assert len(sent) == 2
    assert await page.evaluate(SAME) is True
    await page.context.close()


async def test_who_went_on_into_the_table_keeps_the_place_there(browser: Any, clients: dict[str, httpx.AsyncClient], world: World) -> None:
    page = await compared(browser, clients["buyer_a"], world)
    await page.fill("#quantity", "40")
    await page.evaluate("document.querySelector('#quantity').dispatchEvent(new Event('change', { bubbles: true }))")
    await page.locator(".cmp tbody a.why").first.focus()
    name = await page.evaluate("document.activeElement.closest('tr').id")
    await asked(page, "quantity", "40")
    assert "Add 40" in await added(page)
    assert await page.evaluate("[document.activeElement.closest('tr')?.id, document.activeElement.className]") == [name, "why"]
    await page.context.close()


async def test_terms_that_cannot_be_used_say_so_beside_them_and_keep_what_was_typed(
    browser: Any, clients: dict[str, httpx.AsyncClient], world: World
) -> None:
    page = await compared(browser, clients["buyer_a"], world)
    await page.fill("#quantity", "0")
    await page.keyboard.press("Enter")
    await asked(page, "quantity", "0")
    assert "Give a quantity above zero" in await page.inner_text(".terms [role=alert]")
    assert await page.input_value("#quantity") == "0"
    await page.fill("#quantity", "40")
    await page.keyboard.press("Enter")
    await asked(page, "quantity", "40")
    assert await page.locator(".terms .error").count() == 0
    assert await focused(page) == "quantity"
    await page.context.close()


async def test_without_script_a_button_compares(browser: Any, clients: dict[str, httpx.AsyncClient], world: World) -> None:
    page = await compared(browser, clients["buyer_a"], world, has_script=False)
    await page.fill("#quantity", "40")
    await page.click(".terms button")
    assert "quantity=40" in page.url
    assert "Add 40" in await added(page)
    await page.context.close()
