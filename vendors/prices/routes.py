"""Owns the JSON API of what prices were: open to everybody, as far as they may see the prices themselves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromPath

from marketplace.kernel import clock
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from vendors.prices import service
from vendors.prices.schemas import PriceLow


class LowController(Controller):
    """The lowest prices of the last days."""

    path = "/api/v1/products"
    tags = ("offers",)

    @get("/{product_id:uuid}/lowest-prices")
    async def lows(self, request: MarketRequest, product_id: FromPath[UUID]) -> Page[PriceLow]:
        """Read the lowest price of each offer on a product over the last 30 days, at its smallest quantity. Raises: NotFound."""
        return Page(await service.lows_of_product(product_id, now=clock.now(), viewer=actor(request)))


ROUTERS: tuple[Any, ...] = (LowController,)
POLICIES = (Policy("GET /api/v1/products/{product_id:uuid}/lowest-prices", ("anyone",), scope="catalogue:read", sample="product"),)
