"""Owns the API of units."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post, put
from litestar.params import FromPath, JSONBody

from buyers.units import service
from buyers.units.schemas import NewUnit, UnitChange, UnitOut
from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy


class UnitController(Controller):
    """The units of the acting company."""

    path = "/api/v1/units"
    tags = ("Company",)

    @get("/")
    async def units(self, request: MarketRequest) -> Page[UnitOut]:
        """List the units from the top down, each under its parent."""
        return Page(await service.units(actor=actor(request)))

    @post("/", status_code=201)
    async def create(self, request: MarketRequest, data: JSONBody[NewUnit]) -> Response[UnitOut]:
        """Add a unit. Raises: NotFound for the parent, InvalidInput, UnitNameTaken, UnitTreeBroken, TooManyUnits."""
        return await once(request, lambda: service.create_unit(data, actor=actor(request), now=clock.now()), status=201)

    @put("/{unit_id:uuid}")
    async def change(self, request: MarketRequest, unit_id: FromPath[UUID], data: JSONBody[UnitChange]) -> Response[UnitOut]:
        """Rename or move a unit with all that hangs under it. Raises: NotFound, UnitNameTaken, UnitTreeBroken, VersionConflict."""
        return await once(request, lambda: service.change_unit(unit_id, data, actor=actor(request), now=clock.now()))


ROUTERS: tuple[Any, ...] = (UnitController,)
POLICIES = (
    Policy("GET /api/v1/units", ("buyer",), scope="organisations:read"),
    Policy("POST /api/v1/units", ("buyer:owner",), scope="organisations:write", acts=True),
    Policy("PUT /api/v1/units/{unit_id:uuid}", ("buyer:owner",), scope="organisations:write", sample="unit", keyed=True),
)
