"""Owns the JSON API of orders and order groups."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import Cursor, Limit, places_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from marketplace.kernel.versions import seen_version
from marketplace.trade.orders import service
from marketplace.trade.orders.schemas import AcceptIn, Acted, CancelIn, GroupOut, OrderFilter, OrderOut, OrderRow, RefuseIn, Side, State

PARTIES = ("buyer", "supplier", "operator")
SELLING = ("supplier:sales",)
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match", max_length=40, description="The version you saw, instead of `version` in the body.")]
Text = Annotated[str, QueryParameter(max_length=60, description="The beginning of an order number, or a whole PO number.")]
SideAsked = Annotated[Side | None, QueryParameter(description="From which side; the organisation's own by default.")]
StateAsked = Annotated[State | None, QueryParameter(name="state", description="Orders in this state alone.")]


class OrderController(Controller):
    """Orders, from the buyer's side and from the supplier's."""

    path = "/api/v1/orders"
    tags = ("orders",)

    @get("/")
    async def orders(
        self, request: MarketRequest, side: SideAsked = None, state_asked: StateAsked = None, q: Text = "", limit: Limit = 50, cursor: Cursor = None
    ) -> Page[OrderRow]:
        """List orders, the newest first."""
        who = actor(request)
        which = OrderFilter(side=service.side_asked(side, who), states=(state_asked,) if state_asked else (), text=q.strip(), limit=limit)
        places = places_of(request, which.list_name(who.organisation_id), tuple[datetime, UUID])
        items, following = await service.orders(which, actor=who, after=places.behind(cursor))
        return Page(items, places.cursor(following))

    @get("/{order_id:uuid}")
    async def order(self, request: MarketRequest, order_id: FromPath[UUID]) -> OrderOut:
        """Read an order of your organisation, as buyer or supplier."""
        return await service.order(order_id, actor=actor(request))

    @post("/{order_id:uuid}/accept", status_code=200)
    async def accept(self, request: MarketRequest, order_id: FromPath[UUID], data: JSONBody[AcceptIn], if_match: IfMatch = None) -> Response[Acted]:
        """Accept an order, whole or in part. The supplier's act."""

        async def work() -> Acted:
            version = seen_version(data.version, if_match)
            taken = await service.by_line(order_id, data.lines, actor=actor(request))
            return await service.accept_order(order_id, actor=actor(request), now=clock.now(), lines=taken, version=version)

        return await once(request, work)

    @post("/{order_id:uuid}/refuse", status_code=200)
    async def refuse(self, request: MarketRequest, order_id: FromPath[UUID], data: JSONBody[RefuseIn], if_match: IfMatch = None) -> Response[Acted]:
        """Refuse an order with a reason. The supplier's act; what was reserved is free again, and its share of the payment is voided."""

        async def work() -> Acted:
            version = seen_version(data.version, if_match)
            return await service.refuse_order(order_id, actor=actor(request), now=clock.now(), reason=data.reason, version=version)

        return await once(request, work)

    @post("/{order_id:uuid}/cancel", status_code=200)
    async def cancel(self, request: MarketRequest, order_id: FromPath[UUID], data: JSONBody[CancelIn], if_match: IfMatch = None) -> Response[Acted]:
        """Cancel an order: the buyer before it is accepted, the supplier after that while nothing is shipped."""

        async def work() -> Acted:
            version = seen_version(data.version, if_match)
            return await service.cancel_order(order_id, actor=actor(request), now=clock.now(), reason=data.reason, version=version)

        return await once(request, work)


class OrderGroupController(Controller):
    """What one checkout made."""

    path = "/api/v1/order-groups"
    tags = ("orders",)

    @get("/{group_id:uuid}")
    async def group(self, request: MarketRequest, group_id: FromPath[UUID]) -> GroupOut:
        """Read a group that your organisation placed: exact totals per currency, and one order per supplier."""
        return await service.order_group(group_id, actor=actor(request))


POLICIES = (
    Policy("GET /api/v1/orders", PARTIES, "orders:read"),
    Policy("GET /api/v1/orders/{order_id:uuid}", PARTIES, "orders:read", "order"),
    Policy("POST /api/v1/orders/{order_id:uuid}/accept", SELLING, "orders:write", "order", acts=True),
    Policy("POST /api/v1/orders/{order_id:uuid}/refuse", SELLING, "orders:write", "order", acts=True),
    Policy("POST /api/v1/orders/{order_id:uuid}/cancel", ("buyer:purchaser", *SELLING), "orders:write", "order", acts=True),
    Policy("GET /api/v1/order-groups/{group_id:uuid}", ("buyer", "operator"), "orders:read", "order_group"),
)
ROUTERS: tuple[Any, ...] = (OrderController, OrderGroupController)
