"""Owns the JSON API of the cart."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from marketplace.trade.carts import service
from marketplace.trade.carts.schemas import AddIn, AddressIn, CartOut, ChangeIn


class CartController(Controller):
    """The acting person's open cart."""

    path = "/api/v1/cart"
    tags = ("cart",)

    @get("/")
    async def cart(self, request: MarketRequest) -> CartOut:
        """Show the cart at present prices, with what changed since each line was put in."""
        return await service.view(actor=actor(request), now=clock.now())

    @post("/lines", status_code=201)
    async def add(self, request: MarketRequest, data: JSONBody[AddIn]) -> Response[CartOut]:
        """Put an offer in; more of one that is in already adds up."""

        async def work() -> CartOut:
            return await service.add_line(
                product_id=data.product_id, offer_id=data.offer_id, quantity=data.quantity, actor=actor(request), now=clock.now()
            )

        return await once(request, work, status=201)

    @patch("/lines/{line_id:uuid}")
    async def change(self, request: MarketRequest, line_id: FromPath[UUID], data: JSONBody[ChangeIn]) -> Response[CartOut]:
        """Change a line's quantity."""
        return await once(request, lambda: service.change_line(line_id, quantity=data.quantity, actor=actor(request), now=clock.now()))

    @delete("/lines/{line_id:uuid}", status_code=200)
    async def remove(self, request: MarketRequest, line_id: FromPath[UUID]) -> Response[CartOut]:
        """Take a line out."""
        return await once(request, lambda: service.remove_line(line_id, actor=actor(request), now=clock.now()))

    @put("/address")
    async def ship_to(self, request: MarketRequest, data: JSONBody[AddressIn]) -> Response[CartOut]:
        """Choose one of the organisation's addresses; freight and arrival follow."""
        return await once(request, lambda: service.choose_address(data.address_id, actor=actor(request), now=clock.now()))


POLICIES = (
    Policy("GET /api/v1/cart", ("buyer",), "carts:read"),
    Policy("POST /api/v1/cart/lines", ("buyer:purchaser",), "carts:write", acts=True),
    Policy("PATCH /api/v1/cart/lines/{line_id:uuid}", ("buyer:purchaser",), "carts:write", "cart_line", keyed=True),
    Policy("DELETE /api/v1/cart/lines/{line_id:uuid}", ("buyer:purchaser",), "carts:write", "cart_line", keyed=True),
    Policy("PUT /api/v1/cart/address", ("buyer:purchaser",), "carts:write", keyed=True),
)
ROUTERS: tuple[Any, ...] = (CartController,)
