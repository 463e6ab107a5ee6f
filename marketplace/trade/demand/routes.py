"""Owns the API of demand."""

from __future__ import annotations

from typing import Annotated, Literal

from litestar import Controller, get
from litestar.params import FromQuery, QueryParameter

from marketplace.kernel import clock
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from marketplace.trade.demand import service
from marketplace.trade.demand.schemas import Demand

Days = Annotated[Literal[7, 28, 91], QueryParameter(description="How many days the period has.")]


class DemandController(Controller):
    """What people look for and do not find."""

    path = "/api/v1/operator/demand"
    tags = ("Catalogue",)

    @get("/")
    async def demand(self, request: MarketRequest, days: Days = 28, segment: FromQuery[str] = "", locale: FromQuery[str] = "") -> Demand:
        """Tell what found nothing, the most wanted first, with the nearest words of the catalogue. Raises: NotAllowed."""
        return await service.demand(days=days, segment=segment, locale=locale, actor=actor(request), now=clock.now())


ROUTERS = (DemandController,)
POLICIES = (Policy("GET /api/v1/operator/demand", ("operator",), "catalogue:read"),)
