"""Owns the page on which a buyer reads what freight is made up of and how long it holds, for what they think of ordering from one supplier."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get

from marketplace.kernel import clock, countries
from marketplace.kernel.errors import DomainError, FieldError, InvalidInput, NotFound
from marketplace.kernel.http.answers import redirect
from marketplace.kernel.http.forms import Fields
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Policy
from marketplace.kernel.quantity import Typed, in_units
from marketplace.trade.carts import service as carts
from marketplace.trade.carts.schemas import CostOut
from services_addons.logistics import pages_words as words
from services_addons.logistics import service
from services_addons.logistics.schemas_asked import LINES_MAX, AskedLineIn, ConsignmentQuoteOut, FreightAskIn

NO_COUNTRY = lazy("Choose a country.")


class FreightQuotePages(Controller):
    """Freight to the buyer."""

    path = "/freight-quotes"
    include_in_schema = False

    @get("/")
    async def quotes(self, request: MarketRequest) -> Response[Any]:
        """Show a quote a consignment for the lines in the address, with its parts, validity and number. Raises: NotFound for an address that names no offers."""
        if not request.query_params:
            # Questions begin where the lines are.
            return redirect(request, "/cart")
        asked = await _asked(request)
        found: list[ConsignmentQuoteOut] = []
        errors, status = Fields(), 200
        try:
            if not countries.is_country(asked.country):
                raise InvalidInput(errors=(FieldError("/country", "unknown-country", NO_COUNTRY),))
            found = await service.freight_to(asked, actor=actor(request), now=clock.now())
        except DomainError as error:
            errors, status = words.cells(error, request), error.status
        return render(
            request,
            "logistics/asked.html",
            asked=asked,
            lines=request.query_params.get("lines", ""),
            quotes=found,
            countries=countries.countries(),
            reason=_reason,
            errors=errors,
            status=status,
        )


def _reason(code: str) -> str:
    return carts.cost_reason(CostOut(state="unknown", amount_minor=None, source="", reason=code))


async def _asked(request: MarketRequest) -> FreightAskIn:
    """Read the address: `lines` are product:offer:quantity, with commas between; without them, what the reader's cart holds of the supplier."""
    given = {name: (request.query_params.get(name) or "").replace("\x00", "") for name in ("supplier_id", "country", "postal_code", "lines")}
    try:
        supplier_id = UUID(given["supplier_id"])
        split = [line.split(":") for line in given["lines"].split(",")] if given["lines"] else []
        lines = [AskedLineIn(product_id=UUID(product), offer_id=UUID(offer), quantity=Typed(quantity[:11])) for product, offer, quantity in split]
    except ValueError:
        raise NotFound from None
    lines = lines or await _of_cart(supplier_id, request)
    if not 1 <= len(lines) <= LINES_MAX:
        raise NotFound
    return FreightAskIn(
        supplier_id=supplier_id, country=given["country"].strip().upper()[:2], postal_code=given["postal_code"].strip()[:12], lines=lines
    )


async def _of_cart(supplier_id: UUID, request: MarketRequest) -> list[AskedLineIn]:
    cart = await carts.view(actor=actor(request), now=clock.now())
    return [
        AskedLineIn(product_id=line.product_id, offer_id=line.offer_id, quantity=Typed(str(in_units(line.quantity, decimals=line.unit_decimals))))
        for group in cart.groups
        if group.supplier_id == supplier_id
        for line in group.lines
    ]


PAGES: tuple[Any, ...] = (FreightQuotePages,)
POLICIES = (Policy("GET /freight-quotes", ("buyer",)),)
