"""Owns taking pictures of every page of a running market, for people who look at pages: needs playwright and Debian's chromium."""

from __future__ import annotations

import argparse
import html
import json
import re
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM: Final = "/usr/bin/chromium"
FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# Headless Chromium lays windows under 500 px out at 500, so a phone is a frame.
PHONE: Final = 390
DESK: Final = 1366
FRAME_HEIGHT: Final = 3600
LINKS_MAX: Final = 400
PAGES_PER_SHEET: Final = 3
CHARACTER: Final = {"uuid": r"[0-9a-f-]{36}", "int": r"[0-9]+", "str": r"[^/]+", "path": r".+"}


class View(NamedTuple):
    """One way of looking at a page."""

    name: str
    locale: str
    width: int
    theme: str


VIEWS: Final = (
    View("en-1366", "en", DESK, "light"),
    View("ar-1366", "ar", DESK, "light"),
    View("en-390", "en", PHONE, "light"),
    View("ar-390", "ar", PHONE, "light"),
)
MORE_VIEWS: Final = (View("dark-1366", "en", DESK, "dark"), View("vi-1366", "vi", DESK, "light"), View("tablet-768", "en", 768, "light"))


class Sight(NamedTuple):
    """A page to photograph: its template in the policy table, an address of it, and who sees it."""

    template: str
    path: str
    role: str


def templates() -> list[str]:
    """List the pages of the policy table: what people open, without the API."""
    from marketplace.app import PACKAGES  # noqa: PLC0415 - the whole market, only for the list

    rows = [row.route for package in PACKAGES for row in package.policies]
    return sorted(
        {
            path
            for method, _sep, path in (row.partition(" ") for row in rows)
            if method == "GET" and not path.startswith(("/api", "/health", "/metrics"))
        }
    )


def pattern(template: str) -> re.Pattern[str]:
    """Make an expression of a route's template that matches its addresses."""
    parts = re.split(r"\{(\w+):(\w+)\}", template)
    made = "".join(re.escape(part) if index % 3 == 0 else CHARACTER.get(part, r"[^/]+") if index % 3 == 2 else "" for index, part in enumerate(parts))  # noqa: PLR2004 - split gives text, name, kind
    return re.compile(f"{made or '/'}$")


def sign_in(page: Any, url: str, login: dict[str, Any]) -> None:
    """Sign a person in through the page, with the second factor where there is one."""
    page.goto(f"{url}/en/sign-in")
    page.fill("main input[name=email]", login["email"])
    page.fill("main input[name=password]", login["password"])
    secret = login.get("totp_secret")
    if secret and page.locator("main input[autocomplete=one-time-code]").count():
        page.fill("main input[autocomplete=one-time-code]", _code(secret))
    page.locator("main form button").first.click()
    page.wait_for_load_state()
    if secret and page.locator("main input[autocomplete=one-time-code]").count():
        page.fill("main input[autocomplete=one-time-code]", _code(secret))
        page.locator("main form button").first.click()
        page.wait_for_load_state()


def _code(secret: str) -> str:
    import pyotp  # noqa: PLC0415 - only operators have a second factor

    return pyotp.TOTP(secret).now()


def fill_cart(page: Any, url: str) -> None:
    """Put the first offers of the first products into the buyer's cart, so that cart and checkout have something to show."""
    page.goto(f"{url}/en/search?q=bearing")
    products = page.eval_on_selector_all("main .hits h3 a", "all => all.slice(0, 3).map(a => a.href)")
    for product in products:
        page.goto(product)
        add = page.locator(".cmp .act button")
        if add.count():
            add.first.click()
            page.wait_for_load_state()


def explore(page: Any, url: str, role: str, known: list[tuple[str, re.Pattern[str]]], start: list[str]) -> list[Sight]:
    """Follow links from the start pages and keep the first address of every template."""
    from playwright.sync_api import Error  # noqa: PLC0415 - a development dependency

    queue = list(start)
    seen: dict[str, str] = {}
    asked: set[str] = set()
    while queue and len(asked) < LINKS_MAX:
        path = queue.pop(0)
        template = next((name for name, expression in known if expression.match(urlsplit(path).path)), None)
        if path in asked or template is None or (template in seen and "?" not in path) or "sign-out" in path:
            continue
        asked.add(path)
        # An address that sends a file is no page, and the browser refuses to go there.
        try:
            answer = page.goto(f"{url}/en{path}")
        except Error:
            continue
        if answer is None or not answer.ok or "text/html" not in answer.headers.get("content-type", ""):
            continue
        seen.setdefault(template, path)
        links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
        for link in links:
            found = re.match(r"/(?:en|vi|ar)(/[^#]*)", link or "")
            if found and "?" not in found.group(1):
                queue.append(found.group(1))
    return [Sight(template, path, role) for template, path in seen.items()]


def photograph(browser: Any, url: str, sight: Sight, view: View, state: Any, file: Path) -> str:
    """Take one picture and tell what is odd about the page: wider than the window, or not answered."""
    context = browser.new_context(viewport={"width": max(view.width, 500), "height": 900}, color_scheme=view.theme, storage_state=state)
    page = context.new_page()
    address = f"{url}/{view.locale}{sight.path}"
    answer = page.goto(address)
    oddity = "" if answer and answer.ok else f"answers {answer.status if answer else 'nothing'}"
    target: Any = page
    if view.width < 500:  # noqa: PLR2004 - the window's least width
        page.evaluate(
            f"address => {{ const f = document.createElement('iframe'); f.src = address; f.width = {view.width}; f.height = {FRAME_HEIGHT};"
            " f.setAttribute('frameborder', '0'); document.body.replaceChildren(f); document.body.dir = 'ltr'; document.documentElement.dir = 'ltr'; }",
            address,
        )
        page.wait_for_load_state("networkidle")
        target = page.frames[-1]
        target.wait_for_load_state()
    wide = target.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        oddity = f"{oddity} {wide} px too wide".strip()
    if target is page:
        page.screenshot(path=file, full_page=True)
    else:
        height = target.evaluate("Math.ceil(document.body.getBoundingClientRect().height)")
        page.screenshot(path=file, full_page=True, clip={"x": 0, "y": 0, "width": view.width, "height": min(height + 8, FRAME_HEIGHT)})
    context.close()
    return oddity


def sheet(browser: Any, taken: list[tuple[Sight, list[Path]]], file: Path) -> None:
    """Lay pictures out side by side, a page a row."""
    rows = "".join(
        f"<h3>{html.escape(f'{sight.template} · {sight.role}')}</h3><div>"
        + "".join(f'<p class="{"p" if str(PHONE) in path.stem else "d"}"><img src="{path.as_uri()}"></p>' for path in paths)
        + "</div>"
        for sight, paths in taken
    )
    style = (
        "body{font:14px sans-serif;margin:8px;background:#888}div{display:flex;flex-wrap:wrap;gap:8px}p{margin:0;height:520px;overflow:hidden;background:#fff}"
        "img{width:100%}.d{width:560px}.p{width:216px}h3{margin:8px 0 4px}"
    )
    source = file.with_suffix(".html")
    source.write_text(f"<!doctype html><meta charset=utf-8><style>{style}</style>{rows}", encoding="utf-8")
    page = browser.new_page(viewport={"width": 1620, "height": 800})
    page.goto(source.as_uri())
    page.wait_for_timeout(300)
    page.screenshot(path=file, full_page=True)
    page.close()


def _starts(role: str) -> list[str]:
    return ["/", "/search?q=bearing", "/search", "/sign-in"] if role == "anonymous" else ["/", "/search?q=bearing"]


def sights_of(browser: Any, url: str, role: str, login: dict[str, Any] | None) -> tuple[list[Sight], Any]:
    """Find what a role sees, and give it with the state of its session."""
    known = [(name, pattern(name)) for name in templates()]
    context = browser.new_context(viewport={"width": DESK, "height": 900})
    page = context.new_page()
    places: list[str] = []
    if login:
        sign_in(page, url, login)
        if role == "buyer":
            fill_cart(page, url)
        places = page.eval_on_selector_all("nav a[href]", "all => all.map(a => a.getAttribute('href').replace(/^\\/(en|vi|ar)/, ''))")
    found = explore(page, url, role, known, [*_starts(role), *places])
    state = context.storage_state()
    context.close()
    return found, state


def take(browser: Any, url: str, sight: Sight, state: Any, folder: Path) -> tuple[list[Path], list[str]]:
    """Photograph a page in its views, more of them for the comparison. Gives the files and what was odd."""
    stem = re.sub(r"[^a-z0-9]+", "-", sight.template.lower()).strip("-") or "home"
    files: list[Path] = []
    odd: list[str] = []
    for view in VIEWS + (MORE_VIEWS if sight.template.startswith("/products/") else ()):
        file = folder / "pages" / f"{stem}.{view.name}.png"
        oddity = photograph(browser, url, sight, view, state, file)
        files.append(file)
        if oddity:
            odd.append(f"{sight.template} {view.name}: {oddity}")
    sys.stdout.write(f"{sight.role}: {sight.template}\n")
    return files, odd


def take_all(browser: Any, world: dict[str, Any], folder: Path, *, only: str, role_wanted: str) -> list[str]:
    """Find the pages as every role, photograph each once, and lay out the contact sheets. Gives what was odd."""
    url = world["url"].rstrip("/")
    logins: dict[str, dict[str, Any] | None] = {"anonymous": None}
    for login in world["logins"]:
        logins.setdefault(login["role"], login)
    taken: dict[str, tuple[Sight, list[Path]]] = {}
    odd: list[str] = []
    for role, login in logins.items():
        if role_wanted not in {"", role}:
            continue
        sights, state = sights_of(browser, url, role, login)
        for sight in sights:
            if sight.template not in taken and only in sight.template:
                files, strange = take(browser, url, sight, state, folder)
                taken[sight.template] = (sight, files)
                odd += strange
    rows = list(taken.values())
    for number in range(0, len(rows), PAGES_PER_SHEET):
        sheet(browser, rows[number : number + PAGES_PER_SHEET], folder / f"sheet-{number // PAGES_PER_SHEET + 1:02}.png")
    lacking = [] if only or role_wanted else [name for name in templates() if name not in taken]
    return [*odd, *(f"{name}: no address found" for name in lacking)]


def main(arguments: list[str], *, folder: Path) -> int:
    """Run the command and tell what is odd; the exit status is 1 if anything was."""
    from pathlib import Path  # noqa: PLC0415 - only to read an argument

    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a development dependency

    parser = argparse.ArgumentParser(prog="scripts/pictures", description="Photograph every page of a running market into contact sheets.")
    parser.add_argument("--world", required=True, type=Path, help="the file that scripts/demo --json wrote")
    parser.add_argument("--only", default="", help="only pages whose template has this in it")
    parser.add_argument("--role", default="", help="only as this role")
    asked = parser.parse_args(arguments)
    world = json.loads(asked.world.read_text(encoding="utf-8"))
    (folder / "pages").mkdir(parents=True, exist_ok=True)
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        odd = take_all(browser, world, folder, only=asked.only, role_wanted=asked.role)
        browser.close()
    sys.stdout.write("".join(f"odd: {line}\n" for line in odd))
    return 1 if odd else 0
