"""A page with every macro on it, in a browser: no finding of axe, nothing wider than the window, in every language, light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import chromium
from tests.web import specimen

if TYPE_CHECKING:
    from collections.abc import Iterator

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDTHS = (320, 390, 768, 1200, 1366, 1920)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Give a browser that asks nobody but the tests' own pages."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    with sync_playwright() as started:
        opened = started.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield opened
        opened.close()


def _open(browser: Any, locale: str, *, theme: str = "light", width: int = 1366) -> Any:
    """Open the specimen with the files it asks for, from memory."""
    with specimen.site():
        html = specimen.page(locale)
    context = browser.new_context(viewport={"width": max(width, 500), "height": 900}, color_scheme=theme)
    page = context.new_page()

    def answer(route: Any) -> None:
        path = route.request.url.removeprefix("http://specimen").partition("?")[0]
        if path.startswith("/static/"):
            route.fulfill(path=specimen.STATIC / path.removeprefix("/static/"))
        elif path == "/frame":
            route.fulfill(
                body=f'<body style="margin:0"><iframe src="/" width="{width}" height="4000" style="border:0"></iframe>', content_type="text/html"
            )
        else:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")

    page.route("**/*", answer)
    page.goto("http://specimen/frame" if width < 500 else "http://specimen/")
    page.wait_for_load_state("load")
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en", "vi", "ar"])
def test_axe_finds_nothing_on_a_page_with_every_part(browser: Any, locale: str, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - only where there is a browser

    page = _open(browser, locale, theme=theme)
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
    page.context.close()
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("locale", ["en", "vi", "ar"])
def test_nothing_scrolls_sideways(browser: Any, locale: str, width: int) -> None:
    page = _open(browser, locale, width=width)
    frame = page.frames[-1]
    wide = frame.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.context.close()
    assert wide == 0


def test_a_slash_puts_the_cursor_into_the_search_unless_somebody_is_typing(browser: Any) -> None:
    page = _open(browser, "en")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.focus("#f-name")
    page.keyboard.press("/")
    typed = page.input_value("#f-name")
    page.context.close()
    assert typed.count("/") == 1
