"""Owns the API of disputes: the supplier's, and the operator's answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import Cursor, Limit, places_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from vendors.disputes import service
from vendors.disputes.schemas import DecisionIn, DisputeIn, DisputeOut, Place


class DisputeController(Controller):
    """Offers that stand on the wrong product."""

    path = "/api/v1"
    tags = ("Offers",)

    @post("/offers/{offer_id:uuid}/dispute", status_code=201)
    async def dispute(self, request: MarketRequest, offer_id: FromPath[UUID], data: JSONBody[DisputeIn]) -> Response[DisputeOut]:
        """Say that your offer is another thing than the product it stands on. Raises: NotFound, InvalidInput, DisputeOpen."""
        return await once(request, lambda: service.dispute(offer_id, data, actor=actor(request), now=clock.now()), status=201)

    @get("/disputes")
    async def disputes(self, request: MarketRequest, limit: Limit = 50, cursor: Cursor = None) -> Page[DisputeOut]:
        """List your disputes, those that wait first. Raises: BadCursor."""
        places = places_of(request, f"disputes {actor(request).organisation_id}", Place)
        found, following = await service.mine(actor=actor(request), after=places.behind(cursor), limit=limit)
        return Page(found, places.cursor(following))

    @post("/disputes/{dispute_id:uuid}/withdraw")
    async def withdraw(self, request: MarketRequest, dispute_id: FromPath[UUID]) -> Response[DisputeOut]:
        """Take a dispute back. Raises: NotFound, DisputeClosed."""
        return await once(request, lambda: service.withdraw(dispute_id, actor=actor(request), now=clock.now()))

    @get("/operator/disputes")
    async def waiting(self, request: MarketRequest, limit: Limit = 50, cursor: Cursor = None) -> Page[DisputeOut]:
        """List every supplier's disputes, those that wait first. Raises: BadCursor."""
        places = places_of(request, "disputes of all", Place)
        found, following = await service.all_of_them(actor=actor(request), after=places.behind(cursor), limit=limit)
        return Page(found, places.cursor(following))

    @post("/operator/disputes/{dispute_id:uuid}/decision")
    async def decide(self, request: MarketRequest, dispute_id: FromPath[UUID], data: JSONBody[DecisionIn]) -> Response[DisputeOut]:
        """Accept, by which the offer goes to a product of its own, or refuse. Raises: NotFound, InvalidInput, DisputeClosed, VersionConflict."""
        return await once(request, lambda: service.decide(dispute_id, data, actor=actor(request), now=clock.now()))


ROUTERS: tuple[Any, ...] = (DisputeController,)
KEEPERS = ("supplier:owner", "supplier:catalogue")
POLICIES = (
    Policy("POST /api/v1/offers/{offer_id:uuid}/dispute", KEEPERS, scope="offers:write", sample="offer", acts=True),
    Policy("GET /api/v1/disputes", ("supplier",), scope="offers:read"),
    Policy("POST /api/v1/disputes/{dispute_id:uuid}/withdraw", KEEPERS, scope="offers:write", sample="dispute", acts=True),
    Policy("GET /api/v1/operator/disputes", ("operator",), scope="catalogue:write"),
    Policy("POST /api/v1/operator/disputes/{dispute_id:uuid}/decision", ("operator:admin",), scope="catalogue:write", sample="dispute", acts=True),
)
