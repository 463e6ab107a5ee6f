"""Owns the operator's API of pairs that may be the same, and of merges."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from marketplace.catalogue.matches import service
from marketplace.catalogue.matches.schemas import CandidateOut, ManyIn, ManyOut, MatchPage, PairIn
from marketplace.catalogue.merges import service as merges
from marketplace.catalogue.merges.schemas import MergeIn, MergeOut, MergesOut
from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.caller import asked_of, settings_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy

Limit = Annotated[int, QueryParameter(ge=1, le=100, description="How many items a page holds.")]
Kind = Annotated[Literal["gtin", "part_number", "title"] | None, QueryParameter(description="Only pairs that met in this.")]
Words = Annotated[str, QueryParameter(max_length=80, description="Only merges of a product whose title or part number has these words.")]
PatternText = Annotated[str | None, QueryParameter(max_length=500, description="Only pairs that look alike: a pattern as the list tells it.")]


class MatchController(Controller):
    """Products that may be the same, for the operator."""

    path = "/api/v1/operator/matches"
    tags = ("Catalogue",)

    @get("/")
    async def matches(
        self, request: MarketRequest, kind: Kind = None, pattern: PatternText = None, limit: Limit = 50, cursor: FromQuery[str | None] = None
    ) -> MatchPage:
        """List the open pairs, the likeliest first, with the evidence field by field. Raises: BadCursor."""
        return await service.waiting(cursor, limit=limit, secret=settings_of(request).secret_key, pattern=pattern, kind=kind)

    @get("/apart")
    async def kept_apart(self, request: MarketRequest, limit: Limit = 50, cursor: FromQuery[str | None] = None) -> MatchPage:
        """List the pairs that people called different, the latest first. Raises: BadCursor."""
        return await service.apart(asked_of(request, cursor, limit=limit))

    @post("/{match_id:uuid}/reopen", status_code=200)
    async def reopen(self, request: MarketRequest, match_id: FromPath[UUID]) -> Response[CandidateOut]:
        """Take back that two are different: the pair waits again. Raises: NotFound, PairMerged."""
        return await once(request, lambda: service.reopen(match_id, actor=actor(request), now=clock.now()))

    @post("/apart")
    async def apart(self, request: MarketRequest, data: JSONBody[PairIn]) -> Response[CandidateOut]:
        """Say that two are different; the pair is not proposed again. Raises: NotFound, SameProduct, PairDecided."""
        return await once(request, lambda: service.keep_apart(data.low_id, data.high_id, actor=actor(request), now=clock.now()))

    @post("/many")
    async def many(self, request: MarketRequest, data: JSONBody[ManyIn]) -> Response[ManyOut]:
        """Decide on the open pairs of a pattern, 200 at most in one go."""
        return await once(request, lambda: service.decide_many(data, actor=actor(request), now=clock.now()))


class MergeController(Controller):
    """Merges, for the operator."""

    path = "/api/v1/operator/merges"
    tags = ("Catalogue",)

    @get("/")
    async def merges(
        self,
        request: MarketRequest,
        product_id: FromQuery[UUID | None] = None,
        q: Words = "",
        limit: Limit = 50,
        cursor: FromQuery[str | None] = None,
    ) -> MergesOut:
        """List the merges, of all products, of one, or of those whose title or part number has these words, the latest first. Raises: BadCursor."""
        return await merges.listed(asked_of(request, cursor, limit=limit), product_id=product_id, text=q)

    @post("/", status_code=201)
    async def merge(self, request: MarketRequest, data: JSONBody[MergeIn]) -> Response[MergeOut]:
        """Merge one product into another. Raises: SameProduct, NotFound, AlreadyMerged, NotMergeable, UnitsDiffer."""
        return await once(
            request, lambda: service.merge(kept_id=data.kept_id, gone_id=data.gone_id, actor=actor(request), now=clock.now()), status=201
        )

    @post("/{merge_id:uuid}/undo")
    async def undo(self, request: MarketRequest, merge_id: FromPath[UUID]) -> Response[MergeOut]:
        """Undo a merge. Raises: NotFound, MergeUndone, MergedFurther."""
        return await once(request, lambda: service.undo(merge_id, actor=actor(request), now=clock.now()))


ROUTERS: tuple[Any, ...] = (MatchController, MergeController)
POLICIES = (
    Policy("GET /api/v1/operator/matches", ("operator",), scope="catalogue:write"),
    Policy("GET /api/v1/operator/matches/apart", ("operator",), scope="catalogue:write"),
    Policy("POST /api/v1/operator/matches/{match_id:uuid}/reopen", ("operator:admin",), scope="catalogue:write", sample="match", acts=True),
    Policy("POST /api/v1/operator/matches/apart", ("operator:admin",), scope="catalogue:write", acts=True),
    Policy("POST /api/v1/operator/matches/many", ("operator:admin",), scope="catalogue:write", acts=True),
    Policy("GET /api/v1/operator/merges", ("operator",), scope="catalogue:write"),
    Policy("POST /api/v1/operator/merges", ("operator:admin",), scope="catalogue:write", acts=True),
    Policy("POST /api/v1/operator/merges/{merge_id:uuid}/undo", ("operator:admin",), scope="catalogue:write", sample="merge", acts=True),
)
