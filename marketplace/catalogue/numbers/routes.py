"""Owns the JSON API of flagged numbers."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from marketplace.catalogue.numbers import service
from marketplace.catalogue.numbers.schemas import Flag, FlagIn, State
from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import Cursor, Limit, asked_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy

PLACE = "/api/v1/operator/number-flags"
Which = Annotated[State, QueryParameter()]


class NumberFlagController(Controller):
    """Numbers that cannot be meant."""

    path = PLACE
    tags = ("Catalogue",)

    @get("/")
    async def flags(self, request: MarketRequest, which: Which = "open", limit: Limit = 100, cursor: Cursor = None) -> Page[Flag]:
        """List flagged numbers with the usual range of the others. Raises: BadCursor."""
        return Page(*await service.page_of_flags(which, asked=asked_of(request, cursor, limit=limit), actor=actor(request)))

    @post("/{flag_id:uuid}/decision", status_code=200)
    async def decide(self, request: MarketRequest, flag_id: FromPath[UUID], data: JSONBody[FlagIn]) -> Response[Flag]:
        """Say that a number is right, or leave it out. Raises: NotFound, VersionConflict."""
        return await once(request, lambda: service.decide(flag_id, data, actor=actor(request), now=clock.now()))


ROUTERS: tuple[Any, ...] = (NumberFlagController,)
KEEPER = ("operator",)
POLICIES = (
    Policy(f"GET {PLACE}", KEEPER, scope="catalogue:read"),
    Policy(f"POST {PLACE}/{{flag_id:uuid}}/decision", ("operator:admin",), scope="catalogue:write", sample="number_flag", acts=True),
)
