"""Owns the public page of a supplier: who it is, what was checked, and how it has kept its dates."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get
from litestar.params import FromPath

from marketplace.kernel import clock
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest
from marketplace.kernel.package import Policy
from trust.score import rules, service
from vendors.accounts import service as accounts
from vendors.accounts.schemas import CHECK_WORDS


class SupplierPages(Controller):
    """Suppliers as everybody sees them."""

    include_in_schema = False

    @get("/suppliers/{slug:str}")
    async def supplier(self, request: MarketRequest, slug: FromPath[str]) -> Response[str]:
        """Show who the supplier is, what was checked and when, where it ships from, and how often it was on time. Raises: NotFound."""
        now = clock.now()
        found = await accounts.supplier_by_slug(slug[:100].replace("\x00", ""), now=now)
        (rates,) = await service.rates_in_order([found.id])
        return render(request, "score/supplier.html", supplier=found, today=now.date(), checks=CHECK_WORDS, rates=rules.told(found.id, rates))


PAGES: tuple[Any, ...] = (SupplierPages,)
POLICIES = (Policy("GET /suppliers/{slug:str}", ("anyone",), sample="supplier_slug"),)
