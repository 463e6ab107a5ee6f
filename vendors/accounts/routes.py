"""Owns the JSON API of suppliers, open to everybody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromPath

from marketplace.kernel import clock
from marketplace.kernel.package import Policy
from vendors.accounts import service
from vendors.accounts.schemas import SupplierOut


class SupplierController(Controller):
    """Suppliers as everybody sees them."""

    path = "/api/v1/suppliers"
    tags = ("suppliers",)

    @get("/{supplier_id:uuid}")
    async def supplier(self, supplier_id: FromPath[UUID]) -> SupplierOut:
        """Read a supplier's profile, its dated checks and where it ships from."""
        return await service.supplier(supplier_id, now=clock.now())


ROUTERS: tuple[Any, ...] = (SupplierController,)
POLICIES = (Policy("GET /api/v1/suppliers/{supplier_id:uuid}", ("anyone",), scope="suppliers:read", sample="supplier"),)
