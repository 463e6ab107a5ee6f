"""Owns the JSON API of the price grid."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromQuery, JSONBody, QueryParameter

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import Cursor, Limit, places_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from marketplace.trade.grid import service
from marketplace.trade.grid.schemas import GridEdit, GridFilter, PreviewIn, PreviewOut, Question, RowOut, SavedOut, Show, Sort, Undo

Text = Annotated[str, QueryParameter(max_length=80, description="Part of your article number, the product's title or part number.")]
Shown = Annotated[
    Show,
    QueryParameter(
        description="`not-selling`: what buyers do not find; `low-stock`: less available than the smallest quantity sold or than you want to be warned of."
    ),
]
Sorted = Annotated[
    Sort, QueryParameter(description="By article number, title, price at the smallest quantity, or stock; a minus sign turns it round.")
]
Places = Annotated[bool, QueryParameter(description="Also tell where each offer stands in its comparison today.")]
Quantity = Annotated[int | None, QueryParameter(ge=1, le=10**6, description="For places: whole units; without it what buyers order most.")]
Country = Annotated[str | None, QueryParameter(pattern="^[A-Z]{2}$", description="For places: destination, ISO 3166-1 alpha-2.")]


class GridController(Controller):
    """A supplier's prices and stocks, many rows at a time."""

    path = "/api/v1/supplier/grid"
    tags = ("offers",)

    @get("/")
    async def rows(  # noqa: PLR0913 - each is a part of the address
        self,
        request: MarketRequest,
        q: Text = "",
        category: FromQuery[UUID | None] = None,
        site: FromQuery[UUID | None] = None,
        show: Shown = "",
        sort: Sorted = "sku",
        limit: Limit = 200,
        cursor: Cursor = None,
        places: Places = False,  # noqa: FBT002 - a parameter of the address
        quantity: Quantity = None,
        country: Country = None,
        need_by: FromQuery[date | None] = None,
    ) -> Page[RowOut]:
        """List your offers with prices and stock at each site, 200 rows a page; with `places` also where each stands in its comparison."""
        who, now = actor(request), clock.now()
        question = Question(quantity=quantity, country=country, need_by=need_by)
        ask = await service.asked(question, actor=who, now=now) if places or "place" in sort else None
        which = GridFilter(text=q.strip(), category_id=category, site_id=site, show=show, sort=sort, limit=limit)
        paged = places_of(request, which.list_name(who.organisation_id), tuple[str, UUID])
        found = await service.page(which, actor=who, now=now, after=paged.behind(cursor), ask=ask)
        return Page(found.rows, paged.cursor(found.following))

    @post("/")
    async def save(self, request: MarketRequest, data: JSONBody[GridEdit]) -> Response[SavedOut]:
        """Save prices and counts of up to 5,000 offers at once, each with the version that you saw."""

        async def work() -> SavedOut:
            return await service.save(data, actor=actor(request), now=clock.now())

        return await once(request, work)

    @post("/preview", status_code=200)
    async def preview(self, request: MarketRequest, data: JSONBody[PreviewIn]) -> Response[PreviewOut]:
        """Tell what changes would do to your places, on up to 200 products, without saving anything."""

        async def work() -> PreviewOut:
            who, now = actor(request), clock.now()
            return await service.preview(data.rows, ask=await service.asked(data, actor=who, now=now), actor=who, now=now)

        return await once(request, work)

    @post("/undo")
    async def undo(self, request: MarketRequest, data: JSONBody[Undo]) -> Response[SavedOut]:
        """Take your last save back within 15 minutes: the former prices come into force again as new versions."""

        async def work() -> SavedOut:
            return await service.undo(data.save_id, actor=actor(request), now=clock.now())

        return await once(request, work)


ROUTERS: tuple[Any, ...] = (GridController,)
EDITORS = ("supplier:catalogue", "supplier:sales", "supplier:fulfilment")
POLICIES = (
    Policy("GET /api/v1/supplier/grid", ("supplier",), scope="offers:read"),
    Policy("POST /api/v1/supplier/grid", EDITORS, scope="offers:write", acts=True),
    Policy("POST /api/v1/supplier/grid/preview", EDITORS, scope="offers:read", keyed=True),
    Policy("POST /api/v1/supplier/grid/undo", EDITORS, scope="offers:write", acts=True),
)
