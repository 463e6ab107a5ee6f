"""Owns the public page of a supplier."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get
from litestar.params import FromPath

from marketplace.kernel import clock
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Policy
from vendors.accounts import service

CHECKS = {
    "registry": lazy("Company register"),
    "tax": lazy("Tax number"),
    "bank": lazy("Bank account"),
    "sanctions": lazy("Sanctions lists"),
    "certificate": lazy("Certificate"),
}


class SupplierPages(Controller):
    """Suppliers as everybody sees them."""

    include_in_schema = False

    @get("/suppliers/{slug:str}")
    async def supplier(self, request: MarketRequest, slug: FromPath[str]) -> Response[str]:
        """Show who the supplier is, what was checked and when, and where it ships from."""
        found = await service.supplier_by_slug(slug[:100].replace("\x00", ""), now=clock.now())
        return render(request, "accounts/supplier.html", supplier=found, checks=CHECKS)


PAGES: tuple[Any, ...] = (SupplierPages,)
POLICIES = (Policy("GET /suppliers/{slug:str}", ("anyone",), sample="supplier_slug"),)
