"""Owns the page that shows a checkout before it is done, and does it."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post

from buyers.addresses import service as addresses
from buyers.companies import service as companies
from marketplace.catalogue.units import service as units
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.http.acting import once_form
from marketplace.kernel.http.answers import redirect
from marketplace.kernel.http.forms import told
from marketplace.kernel.http.pages import forget_counts, render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.package import Policy
from marketplace.trade.carts import service as carts
from marketplace.trade.checkout import service
from marketplace.trade.checkout.errors import CartNotReady, FreightChanged, PriceChanged
from marketplace.trade.checkout.schemas import CheckoutIn, Seen
from marketplace.trade.payments import service as payments

POLICIES = (
    Policy("GET /checkout", ("buyer:purchaser",)),
    Policy("POST /checkout", ("buyer:purchaser",), acts=True),
)


class CheckoutPages(Controller):
    """Look once more, then order."""

    path = "/checkout"
    include_in_schema = False

    @get("/")
    async def review(self, request: MarketRequest) -> Response[Any]:
        """Show what will be ordered, from whom, at which prices, and what follows; an empty cart leads back to itself."""
        view = await carts.view(actor=actor(request), now=clock.now())
        return await _page(request) if view.line_count else redirect(request, "/cart")

    @post("/")
    async def order(self, request: MarketRequest) -> Response[Any]:
        """Order everything in the cart."""
        await service.prepare(clock.now())

        async def work() -> str:
            sent = await form(request, CheckoutIn)
            seen = Seen(version=sent.version, price_token=sent.price_token)
            placed = await service.checkout(
                sent.cart_id, address_id=sent.address_id, actor=actor(request), now=clock.now(), po_number=sent.po_number, seen=seen
            )
            return f"/order-groups/{placed.group_id}"

        try:
            answer = await once_form(request, work)
        except (CartNotReady, PriceChanged, FreightChanged) as error:
            # What these list stands on the page itself, in its place.
            return await _page(request, errors=told(type(error)(), request), status=error.status)
        except DomainError as error:
            return await _page(request, errors=told(error, request), status=error.status)
        forget_counts(actor(request))
        return answer


async def _page(request: MarketRequest, *, errors: dict[str, str] | None = None, status: int = 200) -> Response[str]:
    who = actor(request)
    view = await carts.view(actor=who, now=clock.now())
    chosen = await addresses.address(view.address_id, actor=who) if view.address_id else None
    values = await form_values(request) if request.method == "POST" else {}
    return render(
        request,
        "checkout/review.html",
        status=status,
        cart=view,
        address=chosen,
        needs_po_number=(await companies.company(actor=who)).po_number_required,
        terms=payments.terms(),
        units=await units.short_names(),
        values=values,
        errors=errors or {},
        worded=carts.worded,
        cost_reason=carts.cost_reason,
    )


PAGES: tuple[Any, ...] = (CheckoutPages,)
