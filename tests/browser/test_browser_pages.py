"""Every page of the policy table in a browser, as somebody who may open it: no finding of axe, nothing wider than the window."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from marketplace.app import PACKAGES
from tests.conftest import chromium

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from marketplace.kernel.package import Policy
    from tests.world import World

pytestmark = pytest.mark.browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
HOST = "http://127.0.0.1:8000"
DESK = 1366
# Arabic is laid out by the same rules mirrored, so it is looked at where it is most and least roomy; Vietnamese has the longest words.
WIDTHS = {"en": (320, 390, 768, DESK), "ar": (390, DESK), "vi": (320, 1160)}
# The comparison's table is a table from the first of these widths on.
TABLE_WIDTHS = (1160, 1280, DESK, 1440)
# Line boxes of Arabic are higher than the lines; that much of two boxes may share a place without their letters touching.
TOUCH = 5
OVERLAPS = """touch => {
  const parts = [...document.querySelectorAll('.cmp thead .key > span, .cmp thead th:not(.k) > a, .cmp thead .axis text')];
  const boxes = parts.filter(one => one.getClientRects().length && one.textContent.trim()).map(one => {
    const range = document.createRange(); range.selectNodeContents(one); return [one.textContent.trim(), range.getBoundingClientRect()]; });
  return boxes.flatMap(([text, a], at) => boxes.slice(at + 1).filter(([, b]) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > touch).map(([other]) => `${text} / ${other}`));
}"""
# One word a capacity: who looks at a page that several may open.
LOOKERS = {"anyone": "anonymous", "signed-in": "buyer_a", "buyer": "buyer_a", "supplier": "supplier_a", "operator": "operator"}
NOT_PAGES = ("/api", "/health", "/metrics")


def _pages() -> list[Policy]:
    rows = [row for package in PACKAGES for row in package.policies]
    return [row for row in rows if row.route.startswith("GET /") and not row.route[4:].startswith(NOT_PAGES)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Any]:
    """Give a browser that asks nobody but the market of the tests."""
    from playwright.async_api import async_playwright  # noqa: PLC0415 - only where there is a browser

    async with async_playwright() as started:
        opened = await started.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield opened
        await opened.close()


async def _window(browser: Any, client: httpx.AsyncClient, *, width: int) -> Any:
    """Open a window whose requests are answered by the application in this process."""
    context = await browser.new_context(viewport={"width": max(width, 500), "height": 900})
    page = await context.new_page()

    async def answer(route: Any) -> None:
        if route.request.url.endswith("/frame-of-a-phone"):
            await route.fulfill(body='<body style="margin:0"></body>', content_type="text/html")
            return
        got = await client.request(route.request.method, route.request.url.removeprefix(HOST), follow_redirects=True)
        kept = {name: value for name, value in got.headers.items() if name not in {"content-encoding", "content-length"}}
        await route.fulfill(status=got.status_code, headers=kept, body=got.content)

    await page.route("**/*", answer)
    return page


async def _shown(page: Any, path: str, *, width: int) -> Any:
    """Show an address, in a frame where the window cannot be as narrow as a phone."""
    if width >= 500:
        await page.goto(f"{HOST}{path}")
        return page
    await page.goto(f"{HOST}/frame-of-a-phone")
    script = "([path, width]) => { const f = document.createElement('iframe'); f.src = path; f.width = width; f.height = 3000; f.style.border = 0; document.body.append(f); }"
    await page.evaluate(script, [path, width])
    await page.wait_for_load_state("networkidle")
    return page.frames[-1]


def _address(row: Policy, caller: str, world: World) -> str | None:
    """Give an address of the page with the caller's own sample in it; None where the world has none."""
    path = row.route[4:]
    if "{" not in path:
        return path
    sample = world.own.get(caller, {}).get(row.sample) or next((kinds[row.sample] for kinds in world.own.values() if row.sample in kinds), None)
    return re.sub(r"\{[^}]+\}", sample, path) if sample else None


@pytest.mark.parametrize("row", _pages(), ids=lambda row: row.route)
async def test_a_page_is_in_order_for_its_readers(row: Policy, browser: Any, clients: dict[str, httpx.AsyncClient], world: World) -> None:
    from axe_playwright_python.async_playwright import Axe  # noqa: PLC0415 - only where there is a browser

    caller = LOOKERS[row.allow[0].partition(":")[0]]
    path = _address(row, caller, world)
    assert path is not None, f"tests/world.py has no sample {row.sample!r} for {row.route}"
    answer = await clients[caller].get(f"/en{path}", follow_redirects=True)
    assert answer.status_code == 200, f"{path} answers {answer.status_code} to {caller}"
    if "text/html" not in answer.headers["content-type"]:
        return
    wide: dict[str, int] = {}
    for locale, widths in WIDTHS.items():
        for width in widths:
            page = await _window(browser, clients[caller], width=width)
            shown = await _shown(page, f"/{locale}{path}", width=width)
            over = await shown.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if over > 0:
                wide[f"{locale} {width}"] = over
            if width == DESK:
                found = await Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
                assert found.violations_count == 0, found.generate_report()
            await page.context.close()
    assert wide == {}


@pytest.mark.parametrize("terms", ["need_by=2026-11-27", "need_by=2026-12-20", ""])
@pytest.mark.parametrize("locale", ["en", "vi", "ar"])
async def test_no_words_in_the_comparisons_head_lie_over_each_other(
    locale: str, terms: str, browser: Any, clients: dict[str, httpx.AsyncClient], world: World
) -> None:
    found = {}
    for width in TABLE_WIDTHS:
        page = await _window(browser, clients["buyer_a"], width=width)
        await page.goto(f"{HOST}/{locale}/products/{world.product_ids[0]}?quantity=10&country=DE&{terms}")
        assert await page.locator(".cmp thead .key").count() == 2
        if over := await page.evaluate(OVERLAPS, TOUCH):
            found[width] = over
        await page.context.close()
    assert found == {}


@pytest.mark.parametrize("width", [320, 390])
async def test_the_country_of_the_terms_is_readable_on_a_phone(width: int, browser: Any, clients: dict[str, httpx.AsyncClient], world: World) -> None:
    page = await _window(browser, clients["buyer_a"], width=width)
    shown = await _shown(page, f"/en/products/{world.product_ids[0]}?quantity=10&country=DE&postal_code=10115", width=width)
    country, code = [await shown.locator(f".terms [name={name}]").bounding_box() for name in ("country", "postal_code")]
    await page.context.close()
    assert code["y"] >= country["y"] + country["height"]
    assert code["x"] == country["x"]
    # Germany takes 66 px, and the arrow with its edges 40.
    assert country["width"] >= 120


@pytest.mark.parametrize("locale", ["en", "vi", "ar"])
@pytest.mark.parametrize("width", [320, 390, 768])
async def test_an_opened_menu_of_acts_stays_inside_the_window(width: int, locale: str, browser: Any, clients: dict[str, httpx.AsyncClient]) -> None:
    page = await _window(browser, clients["supplier_a"], width=width)
    shown = await _shown(page, f"/{locale}/supplier/imports", width=width)
    await shown.locator(".head .menu summary").click()
    box = await shown.locator(".head .menu > div").evaluate("one => { const box = one.getBoundingClientRect(); return [box.left, box.right]; }")
    wide = await shown.evaluate("document.documentElement.scrollWidth")
    await page.context.close()
    assert (box[0] >= 0, box[1] <= width, wide) == (True, True, width)
