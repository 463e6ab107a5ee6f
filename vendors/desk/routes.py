"""Owns the JSON API of a supplier's own offers."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Response, get, patch, post, put
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import Cursor, Limit, places_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from marketplace.kernel.versions import seen_version
from vendors.desk import service
from vendors.desk.schemas import OfferIn, OfferOut, OfferPatch, PriceIn, PricesOut, StockIn, WatchIn
from vendors.offers.schemas import OwnFilter

IfMatch = Annotated[str | None, HeaderParameter(name="If-Match", max_length=40, description="The version that you saw.")]
Show = Annotated[
    Literal["", "approved", "paused", "draft", "retired", "hidden", "low"],
    QueryParameter(
        description="Offers in this state alone; `hidden` are those that do not sell, whatever the reason, `low` those whose stock is low."
    ),
]
Text = Annotated[str, QueryParameter(max_length=80, description="Part of your article number, the product's title or part number.")]


class OfferController(Controller):
    """A supplier's own offers."""

    path = "/api/v1/offers"
    tags = ("offers",)

    @get("/")
    async def offers(self, request: MarketRequest, q: Text = "", show: Show = "", limit: Limit = 50, cursor: Cursor = None) -> Page[OfferOut]:
        """List your offers, the newest first."""
        who = actor(request)
        places = places_of(request, f"offers {who.organisation_id} {show} {q}", tuple[UUID])
        which = OwnFilter(text=q.strip(), show=show, limit=limit)
        items, following = await service.my_offers(which, actor=who, now=clock.now(), after=places.behind(cursor))
        return Page(items, places.cursor(following))

    @get("/{offer_id:uuid}")
    async def offer(self, request: MarketRequest, offer_id: FromPath[UUID]) -> OfferOut:
        """Read one of your offers, with the reasons why it does not sell."""
        return await service.my_offer(offer_id, actor=actor(request), now=clock.now())

    @post("/", status_code=201)
    async def create(self, request: MarketRequest, data: JSONBody[OfferIn]) -> Response[OfferOut]:
        """Make an offer on a product."""

        async def work() -> OfferOut:
            return await service.create_offer(data, actor=actor(request), now=clock.now())

        return await once(request, work, status=201)

    @patch("/{offer_id:uuid}")
    async def change(
        self, request: MarketRequest, offer_id: FromPath[UUID], data: JSONBody[OfferPatch], if_match: IfMatch = None
    ) -> Response[OfferOut]:
        """Give one of your offers a new price or state. What held before stays on record."""

        async def work() -> OfferOut:
            version = seen_version(None, if_match)
            return await service.change_offer(offer_id, patch=data, version=version, actor=actor(request), now=clock.now())

        return await once(request, work)

    @put("/{offer_id:uuid}/stock")
    async def count(self, request: MarketRequest, offer_id: FromPath[UUID], data: JSONBody[StockIn], if_match: IfMatch = None) -> Response[OfferOut]:
        """Store what you counted at a site."""

        async def work() -> OfferOut:
            version = seen_version(None, if_match)
            return await service.count_stock(offer_id, count=data, version=version, actor=actor(request), now=clock.now())

        return await once(request, work)

    @put("/{offer_id:uuid}/watch")
    async def watch(self, request: MarketRequest, offer_id: FromPath[UUID], data: JSONBody[WatchIn], if_match: IfMatch = None) -> Response[OfferOut]:
        """Say from when on you are warned of low stock: at a quantity, or at days of cover by what was shipped in the last 90 days."""

        async def work() -> OfferOut:
            version = seen_version(None, if_match)
            return await service.watch_stock(offer_id, sent=data, version=version, actor=actor(request), now=clock.now())

        return await once(request, work)

    @get("/{offer_id:uuid}/prices")
    async def prices(self, request: MarketRequest, offer_id: FromPath[UUID]) -> PricesOut:
        """Read the prices of one of your offers over time: coming, in force, past and withdrawn, and the lowest of the last 30 days."""
        return await service.my_prices(offer_id, actor=actor(request), now=clock.now())

    @post("/{offer_id:uuid}/prices", status_code=201)
    async def plan(self, request: MarketRequest, offer_id: FromPath[UUID], data: JSONBody[PriceIn], if_match: IfMatch = None) -> Response[PricesOut]:
        """Plan a price. It holds from its moment on; one that ends lets the former return. Two that meet are refused."""

        async def work() -> PricesOut:
            version = seen_version(None, if_match)
            return await service.plan_price(offer_id, sent=data, version=version, actor=actor(request), now=clock.now())

        return await once(request, work, status=201)


class PriceController(Controller):
    """Prices of a supplier's own offers."""

    path = "/api/v1/prices"
    tags = ("offers",)

    @post("/{price_id:uuid}/withdraw", status_code=200)
    async def withdraw(self, request: MarketRequest, price_id: FromPath[UUID]) -> Response[PricesOut]:
        """Take back a price that has not begun; it stays on record. Raises: NotFound, PriceWithdrawn, PriceHasBegun."""
        return await once(request, lambda: service.withdraw_price(price_id, actor=actor(request), now=clock.now()))


ROUTERS: tuple[Any, ...] = (OfferController, PriceController)
KEEPERS = ("supplier:catalogue", "supplier:sales")
POLICIES = (
    Policy("GET /api/v1/offers", ("supplier",), scope="offers:read"),
    Policy("GET /api/v1/offers/{offer_id:uuid}", ("supplier",), scope="offers:read", sample="offer"),
    Policy(
        "PUT /api/v1/offers/{offer_id:uuid}/watch", ("supplier:catalogue", "supplier:fulfilment"), scope="offers:write", sample="offer", acts=True
    ),
    Policy("GET /api/v1/offers/{offer_id:uuid}/prices", ("supplier",), scope="offers:read", sample="offer"),
    Policy("POST /api/v1/offers/{offer_id:uuid}/prices", KEEPERS, scope="offers:write", sample="offer", acts=True),
    Policy("POST /api/v1/prices/{price_id:uuid}/withdraw", KEEPERS, scope="offers:write", sample="coming_price", acts=True),
    Policy("POST /api/v1/offers", KEEPERS, scope="offers:write", acts=True),
    Policy("PATCH /api/v1/offers/{offer_id:uuid}", KEEPERS, scope="offers:write", sample="offer", acts=True),
    Policy(
        "PUT /api/v1/offers/{offer_id:uuid}/stock", ("supplier:catalogue", "supplier:fulfilment"), scope="offers:write", sample="offer", acts=True
    ),
)
