"""Owns the API of lists: search with facets, as the pages have it."""

from __future__ import annotations

from uuid import UUID

import msgspec
from litestar import Controller, get
from litestar.openapi import ResponseSpec
from litestar.params import FromQuery

from marketplace.kernel import clock, cursors
from marketplace.kernel.http.answers import EncodedJson
from marketplace.kernel.http.caller import Limit, settings_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from marketplace.trade.facets import service
from marketplace.trade.facets.schemas import FoundOut, Suggested
from marketplace.trade.search.routes import item


class FindController(Controller):
    """Lists of products with how they can be narrowed down."""

    path = "/api/v1/search"
    tags = ("Catalogue",)

    @get(responses={200: ResponseSpec(FoundOut, description="A page of products with facets", generate_examples=False)})
    async def find(  # noqa: PLR0913 - each is a parameter of the address
        self,
        request: MarketRequest,
        q: FromQuery[str] = "",
        category: FromQuery[str] = "",
        brand: FromQuery[str] = "",
        attributes: FromQuery[str] = "",
        supplier: FromQuery[str] = "",
        lead: FromQuery[str] = "",
        price: FromQuery[str] = "",
        sort: FromQuery[str] = "",
        limit: Limit = 24,
        cursor: FromQuery[str | None] = None,
    ) -> EncodedJson:
        """Search by words or list a category (slug) or everything, narrowed down, with counts of each facet.

        Values of a facet stand between commas, attributes as `key:value,value;key:10..20`; any value of a facet fits, and each facet has to.
        One and the same offer fits supplier, lead (working days, `2..3`) and price (`10..20`, in the reference currency). Sorted by relevance, price or lead.

        Raises: BadQuery, QueryTooBroad, BadCursor, UnknownSort, NotARange, UnknownAttribute, TooManyChosen, NotFound for a category that does not exist.
        """
        settings = settings_of(request)
        given = {
            "category": category,
            "brand": brand,
            "attributes": attributes,
            "supplier": supplier,
            "lead": lead,
            "price": price,
            "sort": sort,
        }
        asked = service.asked(q, given)
        place = None if cursor is None else cursors.decode(service.place_name(asked), cursor, tuple[int, UUID], secret=settings.secret_key)
        found = await service.find(asked, now=clock.now(), viewer=actor(request), currency=settings.reference_currency, limit=limit, place=place)
        following = None if found.next_place is None else cursors.encode(service.place_name(asked), found.next_place, secret=settings.secret_key)
        body = FoundOut([item(hit) for hit in found.items], found.facets, found.total, found.is_exact, found.suggestion, following)
        return EncodedJson(msgspec.json.encode(body))


class SuggestController(Controller):
    """What the first letters of a search may mean."""

    path = "/api/v1/search/suggestions"
    tags = ("Catalogue",)

    @get()
    async def suggestions(self, request: MarketRequest, q: FromQuery[str] = "") -> list[Suggested]:
        """Give products by the beginning of a number, then brands, types, categories and words that found something, at least two characters given.

        Raises: BadQuery.
        """
        return await service.suggest(q, viewer=actor(request))


ROUTERS = (FindController, SuggestController)
POLICIES = (
    Policy("GET /api/v1/search", ("anyone",), scope="catalogue:read"),
    Policy("GET /api/v1/search/suggestions", ("anyone",), scope="catalogue:read"),
)
