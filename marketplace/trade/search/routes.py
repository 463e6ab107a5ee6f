"""Owns the API that finds products: by words, by identifiers, by category."""

from __future__ import annotations

from uuid import UUID

import msgspec
from litestar import Controller, get
from litestar.openapi import ResponseSpec
from litestar.params import FromQuery

from marketplace.kernel import clock, cursors
from marketplace.kernel.http.answers import EncodedJson, Page
from marketplace.kernel.http.caller import Limit, settings_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from marketplace.kernel.settings import Settings
from marketplace.trade.search import service
from marketplace.trade.search.schemas import ProductItem, SearchHit


def item(hit: SearchHit) -> ProductItem:
    """Give a hit as the API answers it."""
    price = None if hit.from_price is None else f"{hit.from_price.normalize():f}"
    return ProductItem(hit.id, hit.slug, hit.title, hit.brand, hit.part_number, price, hit.currency, hit.suppliers, hit.offers)


def as_category(text: str | None) -> UUID | str | None:
    """Read a category given by id or slug."""
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        return text


class SearchController(Controller):
    """Lists of products with the lowest price and the number of suppliers at this moment."""

    path = "/api/v1/products"
    tags = ("Catalogue",)

    @get(responses={200: ResponseSpec(Page[ProductItem], description="A page of products", generate_examples=False)})
    async def products(
        self,
        request: MarketRequest,
        q: FromQuery[str] = "",
        category: FromQuery[str | None] = None,
        limit: Limit = 24,
        cursor: FromQuery[str | None] = None,
    ) -> EncodedJson:
        """Search with `q` (identifiers first, then all words, then some), or list a category (id or slug) or everything in the order of arrival.

        Raises: BadQuery, QueryTooBroad, BadCursor, NotFound for a category that does not exist.
        """
        settings = settings_of(request)
        place = f"products:{q}:{category or ''}"
        if q.strip():
            return await _found(request, q, as_category(category), limit, (cursor, place, settings))
        after = None if cursor is None else cursors.decode(place, cursor, tuple[UUID], secret=settings.secret_key)[0]
        page = await service.list_products(
            as_category(category), now=clock.now(), after=after, limit=limit, viewer=actor(request), currency=settings.reference_currency
        )
        following = "null" if page.after is None else f'"{cursors.encode(place, (page.after,), secret=settings.secret_key)}"'
        return EncodedJson(b'{"items":' + page.items + b',"next_cursor":' + following.encode() + b"}")


async def _found(request: MarketRequest, q: str, category: UUID | str | None, limit: int, paging: tuple[str | None, str, Settings]) -> EncodedJson:
    cursor, place, settings = paging
    offset = 0 if cursor is None else cursors.decode(place, cursor, tuple[int], secret=settings.secret_key)[0]
    viewer = actor(request)
    found = await service.search(
        q, now=clock.now(), category=category, limit=limit, offset=offset, viewer=viewer, currency=settings.reference_currency
    )
    following = None if found.next_offset is None else cursors.encode(place, (found.next_offset,), secret=settings.secret_key)
    return EncodedJson(msgspec.json.encode(Page([item(hit) for hit in found.items], following)))


POLICIES = (Policy("GET /api/v1/products", ("anyone",), scope="catalogue:read"),)
