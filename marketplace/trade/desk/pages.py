"""Owns the pages of orders: lists for both sides, one order with what may be done to it, a group, what is on its way."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from marketplace.catalogue.products import service as products
from marketplace.catalogue.units import service as units
from marketplace.kernel import clock
from marketplace.kernel.calendar import date_in
from marketplace.kernel.errors import DomainError
from marketplace.kernel.http.acting import once_form
from marketplace.kernel.http.caller import asked_of, places_of
from marketplace.kernel.http.forms import told, typed
from marketplace.kernel.http.pages import forget_counts, render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import current_locale, lazy
from marketplace.kernel.package import Nav, Policy
from marketplace.kernel.quantity import quantity_text
from marketplace.trade.carts import service as carts
from marketplace.trade.desk import pages_words, service
from marketplace.trade.desk.schemas import LinesForm, ReasonForm, ShipForm, VersionForm
from marketplace.trade.orders import service as orders
from marketplace.trade.orders.schemas import OrderFilter, Side
from marketplace.trade.payments import service as payments
from marketplace.trade.shipments import service as shipments
from marketplace.trade.shipments.schemas import Parcel, ShipmentOut

PAGE_SIZE = 50
View = Annotated[Literal["", "waiting", "to-ship", "under-way", "done", "ended"], QueryParameter()]
Text = Annotated[str, QueryParameter(max_length=60)]
SELLING = ("supplier:sales",)
BUYING = ("buyer:purchaser",)
POLICIES = (
    Policy("GET /orders", ("buyer", "operator")),
    Policy("GET /supplier/orders", ("supplier",)),
    Policy("GET /orders/{order_id:uuid}", ("buyer", "supplier", "operator"), "", "order"),
    Policy("POST /orders/{order_id:uuid}/accept", SELLING, "", "order", acts=True),
    Policy("POST /orders/{order_id:uuid}/refuse", SELLING, "", "order", acts=True),
    Policy("POST /orders/{order_id:uuid}/cancel", (*BUYING, *SELLING), "", "order", acts=True),
    Policy("POST /orders/{order_id:uuid}/ship", (*SELLING, "supplier:fulfilment"), "", "order", acts=True),
    Policy("GET /order-groups/{group_id:uuid}", ("buyer", "operator"), "", "order_group"),
    Policy("GET /arrivals", ("buyer",)),
    Policy("POST /shipments/{shipment_id:uuid}/deliver", BUYING, "", "shipment", acts=True),
)
NAV = (
    Nav(lazy("Cart"), "/cart", ("buyer",), 5, carts.count),
    Nav(lazy("Orders"), "/orders", ("buyer",), 10),
    Nav(lazy("Arrivals"), "/arrivals", ("buyer",), 15, service.waiting_for_buyer),
    Nav(lazy("Orders"), "/supplier/orders", ("supplier",), 10, service.waiting_for_supplier, "/supplier/orders?show=waiting"),
    Nav(lazy("Orders"), "/orders", ("operator",), 30),
    Nav(lazy("Orders"), "/orders", ("supplier",), 10, under="/supplier/orders"),
)


class OrderListPages(Controller):
    """Lists of orders, and what is on its way."""

    include_in_schema = False

    @get("/orders")
    async def bought(self, request: MarketRequest, show: View = "", q: Text = "", cursor: FromQuery[str] = "") -> Response[str]:
        """List what the organisation has ordered; the operator sees everybody's."""
        side: Side = "buyer" if "buyer" in actor(request).capacities else "operator"
        return await _list(request, OrderFilter(side=side, states=service.VIEWS[show], text=q.strip(), limit=PAGE_SIZE), show, cursor)

    @get("/supplier/orders")
    async def sold(self, request: MarketRequest, show: View = "", q: Text = "", cursor: FromQuery[str] = "") -> Response[str]:
        """List what the organisation has sold, with what waits for it."""
        return await _list(request, OrderFilter(side="supplier", states=service.VIEWS[show], text=q.strip(), limit=PAGE_SIZE), show, cursor)

    @get("/order-groups/{group_id:uuid}")
    async def group(self, request: MarketRequest, group_id: FromPath[UUID]) -> Response[str]:
        """Show what one checkout made: its orders, exact totals per currency and payments."""
        who = actor(request)
        group = await orders.order_group(group_id, actor=who)
        return render(request, "orders/group.html", group=group, payments=await payments.payments_of(group_id, actor=who))

    @get("/arrivals")
    async def arrivals(self, request: MarketRequest, cursor: FromQuery[str] = "") -> Response[str]:
        """Show what is on its way, by the promised day, each with its confirmation."""
        found, following, total = await shipments.arrivals(asked=asked_of(request, cursor), actor=actor(request))
        titles = await products.titles((line.product_id for each in found for line in each.lines), locale=current_locale())
        due = await payments.due_days_of([each.order_id for each in found], actor=actor(request))
        named = await units.short_names()
        paging: dict[str, Any] = {"next_cursor": following, "total": total}
        return render(request, "shipments/arrivals.html", arrivals=found, titles=titles, units=named, **paging, **_ending(due), errors={})

    @post("/shipments/{shipment_id:uuid}/deliver")
    async def deliver(self, request: MarketRequest, shipment_id: FromPath[UUID]) -> Response[Any]:
        """Confirm that a shipment has arrived, and go to its order."""
        who = actor(request)

        async def work() -> str:
            sent = await form(request, VersionForm)
            done = await shipments.confirm_delivery(shipment_id, actor=who, now=clock.now(), version=sent.version)
            return f"/orders/{done.order_id}"

        try:
            answer = await once_form(request, work)
        except DomainError as error:
            errors = told(error, request)
            shipment = await shipments.shipment(shipment_id, actor=who)
            return await _order_page(request, shipment.order_id, errors=errors, status=error.status)
        forget_counts(who)
        return answer


class OrderPages(Controller):
    """One order, for its buyer and its supplier."""

    path = "/orders/{order_id:uuid}"
    include_in_schema = False

    @get("/")
    async def order(self, request: MarketRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Show an order: where it stands, its lines, shipments and payment, and what the reader may do next."""
        return await _order_page(request, order_id)

    @post("/accept")
    async def accept(self, request: MarketRequest, order_id: FromPath[UUID]) -> Response[Any]:
        """Accept the order with the quantities that were typed."""

        async def work() -> str:
            sent = await form(request, LinesForm)
            found = await orders.order(order_id, actor=actor(request))
            taken = service.typed_lines(sent, found)
            await orders.accept_order(order_id, actor=actor(request), now=clock.now(), lines=taken, version=sent.version)
            return f"/orders/{order_id}"

        return await _acted(request, order_id, work)

    @post("/refuse")
    async def refuse(self, request: MarketRequest, order_id: FromPath[UUID]) -> Response[Any]:
        """Refuse the order with the reason that was typed."""

        async def work() -> str:
            sent = await form(request, ReasonForm)
            await orders.refuse_order(order_id, actor=actor(request), now=clock.now(), reason=sent.reason, version=sent.version)
            return f"/orders/{order_id}"

        return await _acted(request, order_id, work)

    @post("/cancel")
    async def cancel(self, request: MarketRequest, order_id: FromPath[UUID]) -> Response[Any]:
        """Cancel the order with the reason that was typed."""

        async def work() -> str:
            sent = await form(request, ReasonForm)
            await orders.cancel_order(order_id, actor=actor(request), now=clock.now(), reason=sent.reason, version=sent.version)
            return f"/orders/{order_id}"

        return await _acted(request, order_id, work)

    @post("/ship")
    async def ship(self, request: MarketRequest, order_id: FromPath[UUID]) -> Response[Any]:
        """Hand over the quantities that were typed."""

        async def work() -> str:
            sent = await form(request, ShipForm)
            found = await orders.order(order_id, actor=actor(request))
            parcel = Parcel(lines=service.typed_lines(sent, found), version=sent.version)
            await shipments.ship(
                order_id, carrier=sent.carrier, tracking_number=sent.tracking_number, actor=actor(request), now=clock.now(), parcel=parcel
            )
            return f"/orders/{order_id}"

        return await _acted(request, order_id, work)


async def _acted(request: MarketRequest, order_id: UUID, work: Any) -> Response[Any]:
    try:
        answer = await once_form(request, work)
    except DomainError as error:
        return await _order_page(request, order_id, errors=told(service.beside_fields(error), request), status=error.status)
    forget_counts(actor(request))
    return answer


async def _list(request: MarketRequest, which: OrderFilter, show: str, cursor: str) -> Response[str]:
    who = actor(request)
    places = places_of(request, which.list_name(who.organisation_id), tuple[datetime, UUID])
    items, following = await orders.orders(which, actor=who, after=places.behind(cursor))
    counted = service.view_counts(await orders.counts(which.side, actor=who))
    return render(
        request,
        "orders/list.html",
        orders=items,
        side=which.side,
        show=show,
        text=which.text,
        counts=counted,
        next_cursor=places.cursor(following),
        **_ending({}),
    )


async def _order_page(request: MarketRequest, order_id: UUID, *, errors: dict[str, str] | None = None, status: int = 200) -> Response[str]:
    who = actor(request)
    found = await orders.order(order_id, actor=who)
    side, sent = orders.side_of(found, who), await shipments.shipments_of(order_id, actor=who)
    share = await payments.share_of(order_id, actor=who)
    return render(
        request,
        "orders/order.html",
        status=status,
        order=found,
        side=side,
        steps=pages_words.steps(found, side=side, shipments=sent, now=clock.now(), time_zone=who.time_zone),
        shipments=sent,
        titles=await products.titles((line.product_id for line in found.lines), locale=current_locale()),
        share=share,
        units=await units.short_names(),
        last_carrier=await shipments.last_carrier(actor=who) if "ship" in found.allowed else "",
        **_ending({order_id: share.due_days} if share else {}),
        values=await form_values(request) if request.method == "POST" else {},
        errors=errors or {},
        plain=quantity_text,
        typed=dict(zip(await typed(request, "line_id"), await typed(request, "quantity"), strict=False)) if errors else {},
    )


def _ending(due_days: dict[UUID, int]) -> dict[str, Any]:
    """Give what a page on shipments says of their end: the day it is where they go, and when payment is due if the order is complete today."""
    now = clock.now()

    def today_in(zone: str) -> date:
        return date_in(now, time_zone=zone)

    def due_on(shipment: ShipmentOut) -> date:
        return today_in(shipment.time_zone) + timedelta(days=due_days[shipment.order_id])

    return {"date_in": date_in, "today_in": today_in, "due_on": due_on, "due_days": due_days}


PAGES: tuple[Any, ...] = (OrderListPages, OrderPages)
