"""Owns the JSON API of suppliers' rates, open to everybody, and of the orders behind them, open to their supplier."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromPath, FromQuery, QueryParameter

from marketplace.kernel import clock
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import own_organisation, settings_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from trust.score import rules, service
from trust.score.schemas import EventOut, RatesOut, TrustOut
from vendors.accounts import service as accounts

Limit = Annotated[int, QueryParameter(ge=1, le=200, description="How many items a page holds.")]
Moment = Annotated[str, QueryParameter(max_length=40, description="A past moment in ISO 8601 with its offset; now when it is left out.")]


class RatesController(Controller):
    """How suppliers have kept their dates and answered orders."""

    path = "/api/v1"
    tags = ("suppliers",)

    @get("/suppliers/{supplier_id:uuid}/rates")
    async def rates(self, supplier_id: FromPath[UUID]) -> RatesOut:
        """Read how often a supplier was on time and accepted orders, with 90 % intervals, and how long it took to answer. Raises: NotFound."""
        found = await accounts.supplier(supplier_id, now=clock.now())
        (rates,) = await service.rates_in_order([found.id])
        return rules.told(found.id, rates)

    @get("/suppliers/{supplier_id:uuid}/trust")
    async def trust(self, supplier_id: FromPath[UUID], as_of: Moment = "") -> TrustOut:
        """Read the same as of any past moment, worked out from the events that were known then, with the means. Raises: NotFound, InvalidInput."""
        now = clock.now()
        found = await accounts.supplier(supplier_id, now=now)
        return await service.trust(found.id, as_of=rules.moment(as_of, now=now) if as_of else now)

    @get("/trust/orders")
    async def orders(self, request: MarketRequest, limit: Limit = 50, cursor: FromQuery[str | None] = None) -> Page[EventOut]:
        """List the orders of the acting supplier as its rates count them, the latest first. Raises: BadCursor."""
        secret, who = settings_of(request).secret_key, actor(request)
        rows = await service.page_of_orders(own_organisation(request), cursor=cursor, limit=limit, secret=secret, actor=who, now=clock.now())
        return Page(rows[0], rows[1])


ROUTERS: tuple[Any, ...] = (RatesController,)
POLICIES = (
    Policy("GET /api/v1/suppliers/{supplier_id:uuid}/rates", ("anyone",), scope="suppliers:read", sample="supplier"),
    Policy("GET /api/v1/suppliers/{supplier_id:uuid}/trust", ("anyone",), scope="suppliers:read", sample="supplier"),
    Policy("GET /api/v1/trust/orders", ("supplier",), scope="suppliers:read"),
)
