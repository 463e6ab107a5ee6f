"""Owns the API of asking for what is not found: the buyer's, and the operator's answer."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from marketplace.trade.wanted import service
from marketplace.trade.wanted.schemas import AnswerIn, Wanted, WantedIn


class WantedController(Controller):
    """What buyers ask for because they did not find it."""

    path = "/api/v1"
    tags = ("Catalogue",)

    @get("/wanted")
    async def mine(self, request: MarketRequest) -> Page[Wanted]:
        """List what your organisation asked for, what waits first, at most 200."""
        return Page(await service.mine(actor=actor(request)))

    @post("/wanted", status_code=201)
    async def ask(self, request: MarketRequest, data: JSONBody[WantedIn]) -> Response[Wanted]:
        """Ask for something. Raises: InvalidInput, AskedAlready, TooManyAsked."""
        return await once(request, lambda: service.ask(data, actor=actor(request), now=clock.now()), status=201)

    @post("/wanted/{wanted_id:uuid}/withdraw")
    async def withdraw(self, request: MarketRequest, wanted_id: FromPath[UUID]) -> Response[Wanted]:
        """Take back what your organisation asked for. Raises: NotFound, AnswerGiven."""
        return await once(request, lambda: service.withdraw(wanted_id, actor=actor(request), now=clock.now()))

    @get("/operator/wanted")
    async def all_of_them(self, request: MarketRequest) -> Page[Wanted]:
        """List what every organisation asked for, what waits first, at most 200."""
        return Page(await service.all_of_them(actor=actor(request)))

    @post("/operator/wanted/{wanted_id:uuid}/answer")
    async def answer(self, request: MarketRequest, wanted_id: FromPath[UUID], data: JSONBody[AnswerIn]) -> Response[Wanted]:
        """Answer with a product, a category, that a supplier is looked for, or why not. Raises: NotFound, InvalidInput, AnswerGiven, VersionConflict."""
        return await once(request, lambda: service.answer(wanted_id, data, actor=actor(request), now=clock.now()))


ROUTERS = (WantedController,)
POLICIES = (
    Policy("GET /api/v1/wanted", ("buyer",)),
    Policy("POST /api/v1/wanted", ("buyer",), acts=True),
    Policy("POST /api/v1/wanted/{wanted_id:uuid}/withdraw", ("buyer",), sample="wanted", acts=True),
    Policy("GET /api/v1/operator/wanted", ("operator",), "catalogue:read"),
    Policy("POST /api/v1/operator/wanted/{wanted_id:uuid}/answer", ("operator",), "catalogue:write", "wanted", acts=True),
)
