"""Owns the API of saved searches, for people; keys belong to nobody."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from marketplace.kernel import clock
from marketplace.kernel.cursors import Asked
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import settings_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from marketplace.trade.alerts import service
from marketplace.trade.alerts.schemas import Alert, SearchIn, SearchOut, StepIn


class AlertController(Controller):
    """Saved searches and what was told of them."""

    path = "/api/v1/saved-searches"
    tags = ("Catalogue",)

    @get("/")
    async def searches(self, request: MarketRequest) -> list[SearchOut]:
        """List the caller's own searches, the newest first."""
        return await service.searches(actor(request))

    @post("/", status_code=201)
    async def save(self, request: MarketRequest, data: JSONBody[SearchIn]) -> Response[SearchOut]:
        """Keep a search. Raises: InvalidInput, NothingToSave, TooManySearches, and as the search does."""
        return await once(request, lambda: service.save(data, actor=actor(request), now=clock.now()), status=201)

    @put("/{search_id:uuid}")
    async def change(self, request: MarketRequest, search_id: FromPath[UUID], data: JSONBody[StepIn]) -> Response[SearchOut]:
        """Pause, resume or delete it, or change how often it looks. Raises: NotFound."""
        return await once(request, lambda: service.change(search_id, data, actor=actor(request), now=clock.now()))

    @get("/alerts")
    async def alerts(self, request: MarketRequest, cursor: FromQuery[str | None] = None) -> Page[Alert]:
        """List what was told, the newest first. Raises: BadCursor."""
        return Page(*await service.alerts(asked=Asked(cursor, 50, settings_of(request).secret_key), actor=actor(request)))


ROUTERS = (AlertController,)
POLICIES = (
    Policy("GET /api/v1/saved-searches", ("buyer",)),
    Policy("POST /api/v1/saved-searches", ("buyer",), acts=True),
    Policy("PUT /api/v1/saved-searches/{search_id:uuid}", ("buyer",), "", "saved_search", keyed=True),
    Policy("GET /api/v1/saved-searches/alerts", ("buyer",)),
)
