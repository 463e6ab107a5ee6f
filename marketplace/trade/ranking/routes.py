"""Owns the API of the published ranking, its versions and own weights."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Controller, Response, get, post, put
from litestar.params import JSONBody, QueryParameter

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from marketplace.trade.ranking import service
from marketplace.trade.ranking.schemas import Preview, RankingOut
from marketplace.trade.weights import service as weights
from marketplace.trade.weights.schemas import KeptWeights, NewVersion, OwnWeights, Version

Points = Annotated[str, QueryParameter(description="Points, as ASCII decimal text with at most three decimals.", max_length=10)]


class RankingController(Controller):
    """How places come about."""

    tags = ("Comparison",)

    @get("/api/v1/ranking")
    async def ranking(self) -> RankingOut:
        """Give the formula of places: weights, scales, rounding, tie-break, and every version. Sponsored places do not exist."""
        return await service.ranking(now=clock.now())

    @get("/api/v1/ranking/own")
    async def own(self, request: MarketRequest) -> OwnWeights:
        """Give the weights that the acting organisation keeps for its own view; version 0 means that it never kept any."""
        return await weights.own_weights(actor=actor(request), now=clock.now())

    @put("/api/v1/ranking/own")
    async def keep_own(self, request: MarketRequest, data: JSONBody[KeptWeights]) -> Response[OwnWeights]:
        """Keep own weights at the version that was read, or without `weights` go back to the market's. Raises: InvalidInput, VersionConflict."""
        return await once(request, lambda: weights.keep_own(data, actor=actor(request), now=clock.now()))

    @get("/api/v1/operator/ranking/preview")
    async def preview(
        self, request: MarketRequest, cost: Points, time: Points, on_time: Points, checks: Points, stock: Points, cost_slope: Points
    ) -> Preview:
        """Tell what other weights would do to live comparisons. Raises: InvalidInput."""
        given = {"cost": cost, "time": time, "on_time": on_time, "checks": checks, "stock": stock, "cost_slope": cost_slope}
        who = actor(request)
        return await service.preview(service.typed_weights(given), actor=who, locale=who.locale, now=clock.now())

    @post("/api/v1/operator/ranking/versions")
    async def publish(self, request: MarketRequest, data: JSONBody[NewVersion]) -> Response[Version]:
        """Publish new weights on top of version `after`. Raises: InvalidInput, WeightsMoved, TooSoon, TooLate, WeightsUnchanged."""
        return await once(request, lambda: weights.publish(data, actor=actor(request), now=clock.now()), status=201)


ROUTERS: tuple[Any, ...] = (RankingController,)
POLICIES = (
    Policy("GET /api/v1/ranking", ("anyone",), "catalogue:read"),
    Policy("GET /api/v1/ranking/own", ("buyer",), "organisations:read"),
    Policy("PUT /api/v1/ranking/own", ("buyer:purchaser",), "organisations:write", acts=True),
    Policy("GET /api/v1/operator/ranking/preview", ("operator",), "organisations:read"),
    Policy("POST /api/v1/operator/ranking/versions", ("operator:admin",), "organisations:write", acts=True),
)
