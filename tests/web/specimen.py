"""Owns rendering one page with every macro on it, without a server or a database."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from marketplace.kernel import i18n
from marketplace.kernel.actor import Actor
from marketplace.kernel.http import pages
from marketplace.kernel.http.static import StaticFiles
from marketplace.kernel.package import Nav
from marketplace.kernel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

STATIC = Path(__file__).resolve().parents[2] / "marketplace" / "web" / "static"
SPECIMEN = Path(__file__).with_name("specimen.html")
NAVIGATION = (
    Nav("Orders", "/selling/orders", ("supplier",), 1),
    Nav("Offers", "/selling/offers", ("supplier:catalogue",), 2),
    Nav("Cart", "/cart", ("buyer",), 1),
    Nav("Organisations", "/operator/organisations", ("operator",), 1),
)
PERSON = Actor(
    organisation_id=UUID(int=1),
    person_id=UUID(int=2),
    capacities=frozenset({"supplier", "buyer"}),
    roles=frozenset({"owner"}),
    name="Anna <de> Boer",
    organisation_name="Van Dijk & Zonen",
    time_zone="Europe/Amsterdam",
)


@contextmanager
def site() -> Iterator[None]:
    """Prepare the pages as the assembly does, and put back what was there."""
    kept = dict(vars(pages._site))
    pages.prepare(Settings(market_name="Kontor", is_demo=True), static=StaticFiles(STATIC), navigation=NAVIGATION)
    try:
        yield
    finally:
        vars(pages._site).update(kept)


def scope(locale: str = "en", *, actor: Actor = PERSON, path: str = "/selling/orders", query: str = "state=late") -> dict[str, Any]:
    """Give the part of a request's scope that pages read."""
    return {
        "actor": actor,
        "path": path,
        "locale_prefix": f"/{locale}",
        "query_string": query.encode(),
        "csrf": "token-of-the-session",
        "request_id": "0193abc",
        "nav_counts": {"/selling/orders": 3, "/cart": 2},
    }


def rendered(source: str, locale: str = "en", *, request: dict[str, Any] | None = None, **context: Any) -> str:
    """Render a template given as text, as `render` does with a file."""
    asked = request or scope(locale)
    with i18n.speaking(locale):
        token = pages._scope.set(asked)
        try:
            return pages.environment().from_string(source).render(**pages._shared(asked), **context)
        finally:
            pages._scope.reset(token)


def page(locale: str = "en") -> str:
    """Render the specimen."""
    return rendered(SPECIMEN.read_text(encoding="utf-8"), locale)
