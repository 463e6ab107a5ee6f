"""Owns the page of the cart and what its forms do."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath

from buyers.addresses import service as addresses
from marketplace.catalogue.units import service as units
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.http.acting import once_form
from marketplace.kernel.http.forms import told
from marketplace.kernel.http.pages import forget_counts, render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.package import Policy
from marketplace.kernel.quantity import Typed, quantity_text
from marketplace.trade.carts import service
from marketplace.trade.carts.schemas import AddressIn

CART = "/cart"
POLICIES = (
    Policy("GET /cart", ("buyer",)),
    Policy("POST /cart/lines", ("buyer:purchaser",), acts=True),
    Policy("POST /cart/lines/{line_id:uuid}", ("buyer:purchaser",), "", "cart_line", acts=True),
    Policy("POST /cart/lines/{line_id:uuid}/remove", ("buyer:purchaser",), "", "cart_line", acts=True),
    Policy("POST /cart/address", ("buyer:purchaser",), acts=True),
)


class AddForm(msgspec.Struct, kw_only=True):
    """An offer and how much of it, as typed."""

    product_id: UUID
    offer_id: UUID
    quantity: str = "1"


class QuantityForm(msgspec.Struct, kw_only=True):
    """A quantity as typed."""

    quantity: str


class CartPages(Controller):
    """The acting person's open cart."""

    path = CART
    include_in_schema = False

    @get("/")
    async def cart(self, request: MarketRequest) -> Response[str]:
        """Show the cart at present prices, by supplier, with freight and what changed."""
        return await _page(request)

    @post("/lines")
    async def add(self, request: MarketRequest) -> Response[Any]:
        """Put an offer in."""

        async def work() -> str:
            sent = await form(request, AddForm)
            quantity = Typed(sent.quantity.strip())
            await service.add_line(product_id=sent.product_id, offer_id=sent.offer_id, quantity=quantity, actor=actor(request), now=clock.now())
            return CART

        return await _acted(request, work)

    @post("/lines/{line_id:uuid}")
    async def change(self, request: MarketRequest, line_id: FromPath[UUID]) -> Response[Any]:
        """Change how much of a line is wanted; nothing of it takes it out."""

        async def work() -> str:
            sent = await form(request, QuantityForm)
            if sent.quantity == "0":
                await service.remove_line(line_id, actor=actor(request), now=clock.now())
            else:
                await service.change_line(line_id, quantity=Typed(sent.quantity.strip()), actor=actor(request), now=clock.now())
            return CART

        return await _acted(request, work, line_id=line_id)

    @post("/lines/{line_id:uuid}/remove")
    async def remove(self, request: MarketRequest, line_id: FromPath[UUID]) -> Response[Any]:
        """Take a line out."""

        async def work() -> str:
            await service.remove_line(line_id, actor=actor(request), now=clock.now())
            return CART

        return await _acted(request, work)

    @post("/address")
    async def ship_to(self, request: MarketRequest) -> Response[Any]:
        """Choose where to ship."""

        async def work() -> str:
            sent = await form(request, AddressIn)
            await service.choose_address(sent.address_id, actor=actor(request), now=clock.now())
            return CART

        return await _acted(request, work)


async def _acted(request: MarketRequest, work: Any, *, line_id: UUID | None = None) -> Response[Any]:
    try:
        answer = await once_form(request, work)
    except DomainError as error:
        return await _page(request, errors=told(error, request), line_id=line_id, status=error.status)
    forget_counts(actor(request))
    return answer


async def _page(request: MarketRequest, *, errors: dict[str, str] | None = None, line_id: UUID | None = None, status: int = 200) -> Response[str]:
    who, given = actor(request), await form_values(request) if errors else {}
    return render(
        request,
        "cart/cart.html",
        status=status,
        cart=await service.view(actor=who, now=clock.now()),
        addresses=await addresses.addresses(actor=who),
        units=await units.short_names(),
        errors=errors or {},
        refused_line=line_id,
        plain=quantity_text,
        worded=service.worded,
        cost_reason=service.cost_reason,
        typed=given.get("quantity", ""),
        refused_product=_id_or_none(given.get("product_id", "")),
    )


def _id_or_none(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


PAGES: tuple[Any, ...] = (CartPages,)
