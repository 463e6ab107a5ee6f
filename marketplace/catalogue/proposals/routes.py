"""Owns the API of proposals: what a supplier sends, and what a product's history tells."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from marketplace.catalogue.proposals import service
from marketplace.catalogue.proposals.schemas import HistoryOut, Listed, ManyIn, ManyOut, ProposalIn, ProposalOut, WithdrawIn
from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import PAGE_SIZE, Cursor, Limit, places_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy

Which = Annotated[Literal["", "open", "back", "done"], QueryParameter(description="All, with the operator, sent back to you, or over.")]


class ProposalController(Controller):
    """A supplier's own change sets."""

    path = "/api/v1/proposals"
    tags = ("Catalogue",)

    @get("/")
    async def proposals(self, request: MarketRequest, show: Which = "", limit: Limit = PAGE_SIZE, cursor: Cursor = None) -> Page[Listed]:
        """List your proposals, the latest first. Raises: NotFound, BadCursor."""
        who = actor(request)
        places = places_of(request, f"proposals {who.organisation_id} {show}", tuple[UUID])
        items, following = await service.my_proposals(show=show, before=places.behind(cursor or ""), limit=limit, actor=who, now=clock.now())
        return Page(items, places.cursor(following))

    @post("/", status_code=201)
    async def propose(self, request: MarketRequest, data: JSONBody[ProposalIn]) -> Response[ProposalOut]:
        """Propose a new product or other values of one; the product stays as it is until that is accepted.

        Raises: NotFound, InvalidInput, ProductMoved, ProductRetired, ProductExists, NotSentBack, TooManyProposals.
        """
        return await once(request, lambda: service.propose(data, actor=actor(request), now=clock.now()), status=201)

    @post("/many", status_code=200)
    async def many(self, request: MarketRequest, data: JSONBody[ManyIn]) -> Response[ManyOut]:
        """Propose up to 200 at once, such as the rows of a file; what cannot be sent is told by row. Raises: NotFound."""
        who, locale = actor(request), request.scope["locale"]  # type: ignore[typeddict-item]
        return await once(request, lambda: service.propose_many(data.rows, actor=who, now=clock.now(), locale=locale))

    @get("/{proposal_id:uuid}")
    async def proposal(self, request: MarketRequest, proposal_id: FromPath[UUID]) -> ProposalOut:
        """Read one of your proposals with its fields, and what was said of it. Raises: NotFound."""
        return await service.my_proposal(proposal_id, actor=actor(request), now=clock.now())

    @post("/{proposal_id:uuid}/withdraw", status_code=200)
    async def withdraw(self, request: MarketRequest, proposal_id: FromPath[UUID], data: JSONBody[WithdrawIn]) -> Response[ProposalOut]:
        """Take one of your proposals back before it is decided. Raises: NotFound, ProposalClosed, VersionConflict."""
        work = service.withdraw
        return await once(request, lambda: work(proposal_id, version=data.version, actor=actor(request), now=clock.now()))


class HistoryController(Controller):
    """How products came to hold what they hold."""

    path = "/api/v1/products/{product_id:uuid}/history"
    tags = ("Catalogue",)

    @get("/")
    async def history(self, request: MarketRequest, product_id: FromPath[UUID]) -> Page[HistoryOut]:
        """List which fields of a product were changed by proposals, the latest first, at most 200. Raises: NotFound."""
        return Page(await service.history(product_id, actor=actor(request)))


ROUTERS: tuple[Any, ...] = (ProposalController, HistoryController)
KEEPERS = ("supplier:owner", "supplier:catalogue")
POLICIES = (
    Policy("GET /api/v1/proposals", ("supplier",), scope="offers:read"),
    Policy("POST /api/v1/proposals", KEEPERS, scope="catalogue:write", acts=True),
    Policy("POST /api/v1/proposals/many", KEEPERS, scope="catalogue:write", acts=True),
    Policy("GET /api/v1/proposals/{proposal_id:uuid}", ("supplier",), scope="offers:read", sample="proposal"),
    Policy("POST /api/v1/proposals/{proposal_id:uuid}/withdraw", KEEPERS, scope="catalogue:write", sample="proposal", acts=True),
    Policy("GET /api/v1/products/{product_id:uuid}/history", ("anyone",), scope="catalogue:read", sample="product"),
)
