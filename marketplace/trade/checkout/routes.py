"""Owns the JSON API of checkout."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, post
from litestar.params import JSONBody

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from marketplace.trade.checkout import service
from marketplace.trade.checkout.schemas import CheckoutIn, Placed, Seen


class CheckoutController(Controller):
    """From a cart to orders."""

    path = "/api/v1/checkout"
    tags = ("checkout",)

    @post("/", status_code=201)
    async def checkout(self, request: MarketRequest, data: JSONBody[CheckoutIn]) -> Response[Placed]:
        """Order everything in a cart: one order per supplier and currency, all or nothing, exactly once."""
        await service.prepare(clock.now())

        async def work() -> Placed:
            return await service.checkout(
                data.cart_id,
                address_id=data.address_id,
                actor=actor(request),
                now=clock.now(),
                po_number=data.po_number,
                seen=Seen(version=data.version, price_token=data.price_token),
            )

        return await once(request, work, status=201)


POLICIES = (Policy("POST /api/v1/checkout", ("buyer:purchaser",), "orders:write", acts=True),)
ROUTERS: tuple[Any, ...] = (CheckoutController,)
