"""Owns the JSON API of a supplier's life: its own side, and the operator's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.caller import own_organisation
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from vendors.life import service
from vendors.life.schemas import Act, EffectsOut, LifeChange, LifeOut


class OwnLifeController(Controller):
    """How one's own organisation stands as a supplier."""

    path = "/api/v1/supplier/life"
    tags = ("suppliers",)

    @get("/")
    async def life(self, request: MarketRequest) -> LifeOut:
        """Read whether you sell, your planned closure, any notice with its reasons, and the log. Raises: NotFound."""
        return await service.life(own_organisation(request), actor=actor(request), now=clock.now())

    @get("/effects")
    async def effects(self, request: MarketRequest, act: FromQuery[Act]) -> EffectsOut:
        """Count what an act would do; nothing is changed. Raises: NotFound, NotAllowed, NotPossibleNow."""
        return await service.effects(own_organisation(request), act=act, actor=actor(request), now=clock.now())

    @post("/", status_code=200)
    async def change(self, request: MarketRequest, data: JSONBody[LifeChange]) -> Response[LifeOut]:
        """Pause, reopen, plan or drop a closure. Raises: NotFound, NotAllowed, InvalidInput, NotPossibleNow, VersionConflict."""
        return await once(request, lambda: service.change_life(own_organisation(request), data, actor=actor(request), now=clock.now()))


class OperatorLifeController(Controller):
    """How each supplier stands, for the operator."""

    path = "/api/v1/operator/suppliers/{supplier_id:uuid}/life"
    tags = ("Operator",)

    @get("/")
    async def life(self, request: MarketRequest, supplier_id: FromPath[UUID]) -> LifeOut:
        """Read how a supplier stands. Raises: NotFound."""
        return await service.life(supplier_id, actor=actor(request), now=clock.now())

    @get("/effects")
    async def effects(self, request: MarketRequest, supplier_id: FromPath[UUID], act: FromQuery[Act]) -> EffectsOut:
        """Count what an act would do; nothing is changed. Raises: NotFound, NotAllowed, NotPossibleNow."""
        return await service.effects(supplier_id, act=act, actor=actor(request), now=clock.now())

    @post("/", status_code=200)
    async def change(self, request: MarketRequest, supplier_id: FromPath[UUID], data: JSONBody[LifeChange]) -> Response[LifeOut]:
        """Suspend, lift, give or withdraw notice, end. Raises: NotFound, NotAllowed, InvalidInput, NotPossibleNow, VersionConflict, StillHeld."""
        return await once(request, lambda: service.change_life(supplier_id, data, actor=actor(request), now=clock.now()))


ROUTERS: tuple[Any, ...] = (OwnLifeController, OperatorLifeController)
OPERATOR = "/api/v1/operator/suppliers/{supplier_id:uuid}/life"
POLICIES = (
    Policy("GET /api/v1/supplier/life", ("supplier",), scope="suppliers:read"),
    Policy("GET /api/v1/supplier/life/effects", ("supplier",), scope="suppliers:read"),
    Policy("POST /api/v1/supplier/life", ("supplier:owner",), scope="organisations:write", acts=True),
    Policy(f"GET {OPERATOR}", ("operator",), scope="suppliers:read", sample="supplier"),
    Policy(f"GET {OPERATOR}/effects", ("operator",), scope="suppliers:read", sample="supplier"),
    Policy(f"POST {OPERATOR}", ("operator:admin",), scope="organisations:write", sample="supplier", acts=True, steps_up=True),
)
