"""Owns the API of the operator's word on proposals."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from marketplace.catalogue.proposals import service
from marketplace.catalogue.proposals.schemas import DecisionIn, Listed, ProposalOut, Wanted
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import PAGE_SIZE, Cursor, Limit, places_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy

Which = Annotated[Literal["waiting", "sent_back", "decided"], QueryParameter(description="What waits for you, what was sent back, or what is over.")]
OfKind = Annotated[Literal["", "new", "edit"], QueryParameter(description="New products or edits; both without it.")]


class OperatorProposalController(Controller):
    """What suppliers propose, for the operator."""

    path = "/api/v1/operator/proposals"
    tags = ("Operator",)

    @get("/")
    async def proposals(
        self,
        request: MarketRequest,
        show: Which = "waiting",
        category: FromQuery[str] = "",
        supplier_id: FromQuery[UUID | None] = None,
        kind: OfKind = "",
        limit: Limit = PAGE_SIZE,
        cursor: Cursor = None,
    ) -> Page[Listed]:
        """List proposals, those that wait with the first due first. `category` is a slug and takes those below it too. Raises: NotFound, BadCursor."""
        category_id = (await taxonomy.category_by_slug(category)).id if category else None
        wanted = Wanted(show, category_id, supplier_id, kind)
        shape = tuple[datetime, UUID] if show == "waiting" else tuple[UUID]
        places = places_of(request, f"operator proposals {wanted}", shape)
        items, following = await service.waiting(wanted, after=places.behind(cursor or ""), limit=limit, actor=actor(request), now=clock.now())
        return Page(items, places.cursor(following))

    @get("/{proposal_id:uuid}")
    async def proposal(self, request: MarketRequest, proposal_id: FromPath[UUID]) -> ProposalOut:
        """Read a proposal, with what has changed in its product since it was made. Raises: NotFound."""
        return await service.proposal(proposal_id, actor=actor(request), now=clock.now())

    @post("/{proposal_id:uuid}/decision", status_code=200)
    async def decide(self, request: MarketRequest, proposal_id: FromPath[UUID], data: JSONBody[DecisionIn]) -> Response[ProposalOut]:
        """Accept a proposal whole or in some fields, send it back with a message, or reject it with a reason.

        Raises: NotFound, InvalidInput, ProposalClosed, VersionConflict, ProductMoved, ProductRetired, ProductExists.
        """
        return await once(request, lambda: service.decide(proposal_id, sent=data, actor=actor(request), now=clock.now()))


ROUTERS: tuple[Any, ...] = (OperatorProposalController,)
POLICIES = (
    Policy("GET /api/v1/operator/proposals", ("operator",), scope="suppliers:read"),
    Policy("GET /api/v1/operator/proposals/{proposal_id:uuid}", ("operator",), scope="suppliers:read", sample="proposal"),
    Policy("POST /api/v1/operator/proposals/{proposal_id:uuid}/decision", ("operator:admin",), scope="catalogue:write", sample="proposal", acts=True),
)
