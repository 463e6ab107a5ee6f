"""Owns the JSON API of suppliers' rates, open to everybody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromPath

from marketplace.kernel import clock
from marketplace.kernel.package import Policy
from trust.score import rules, service
from trust.score.schemas import RatesOut
from vendors.accounts import service as accounts


class RatesController(Controller):
    """How suppliers have kept their dates and answered orders."""

    path = "/api/v1/suppliers"
    tags = ("suppliers",)

    @get("/{supplier_id:uuid}/rates")
    async def rates(self, supplier_id: FromPath[UUID]) -> RatesOut:
        """Read how often a supplier was on time and accepted orders, with 90 % intervals, and how long it took to answer. Raises: NotFound."""
        found = await accounts.supplier(supplier_id, now=clock.now())
        (rates,) = await service.rates_in_order([found.id])
        return rules.told(found.id, rates)


ROUTERS: tuple[Any, ...] = (RatesController,)
POLICIES = (Policy("GET /api/v1/suppliers/{supplier_id:uuid}/rates", ("anyone",), scope="suppliers:read", sample="supplier"),)
