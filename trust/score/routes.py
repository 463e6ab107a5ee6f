"""Owns the JSON API of suppliers' rates, open to everybody."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromPath, QueryParameter

from marketplace.kernel import clock
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from trust.score import rules, service
from trust.score.schemas import RatesOut, TrustOut
from vendors.accounts import service as accounts

MOMENT = (
    "A past moment in ISO 8601 with its offset; now when it is left out. For everybody but the supplier itself and the operator it is read as "
    "the end of the last whole UTC day at that moment; `as_of` of the answer says which moment it tells."
)
Moment = Annotated[str, QueryParameter(max_length=40, description=MOMENT)]


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
    async def trust(self, request: MarketRequest, supplier_id: FromPath[UUID], as_of: Moment = "") -> TrustOut:
        """Read the same as of a past moment, worked out from the events that were known then, with the means. Raises: NotFound, InvalidInput.

        The supplier itself and the operator read any moment; everybody else the end of the last whole UTC day at it.
        """
        now = clock.now()
        found = await accounts.supplier(supplier_id, now=now)
        return await service.trust(found.id, as_of=rules.moment(as_of, now=now) if as_of else None, actor=actor(request), now=now)


ROUTERS: tuple[Any, ...] = (RatesController,)
POLICIES = (
    Policy("GET /api/v1/suppliers/{supplier_id:uuid}/rates", ("anyone",), scope="suppliers:read", sample="supplier"),
    Policy("GET /api/v1/suppliers/{supplier_id:uuid}/trust", ("anyone",), scope="suppliers:read", sample="supplier"),
)
