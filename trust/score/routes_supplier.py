"""Owns the JSON API of one supplier as its public page shows it, rates and all, open to everybody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, get
from litestar.params import FromPath

from marketplace.kernel import clock
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from trust.score import rules, service
from trust.score.schemas import SupplierPageOut
from vendors.accounts import service as accounts


class SupplierController(Controller):
    """Suppliers as everybody sees them."""

    path = "/api/v1/suppliers"
    tags = ("suppliers",)

    @get("/{supplier_id:uuid}")
    async def supplier(self, request: MarketRequest, supplier_id: FromPath[UUID]) -> SupplierPageOut:
        """Read a supplier's profile, checks, certificates, closures and rates, where it ships from, and how many of its offers you see. Raises: NotFound."""
        found = await accounts.supplier(supplier_id, now=clock.now(), viewer=actor(request))
        (rates,) = await service.rates_in_order([found.id])
        shown = {name: getattr(found, name) for name in msgspec.structs.asdict(found)}
        return SupplierPageOut(**shown, rates=rules.told(found.id, rates))


ROUTERS: tuple[Any, ...] = (SupplierController,)
POLICIES = (Policy("GET /api/v1/suppliers/{supplier_id:uuid}", ("anyone",), scope="suppliers:read", sample="supplier"),)
