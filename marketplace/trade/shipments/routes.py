"""Owns the JSON API of shipments."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, HeaderParameter, JSONBody

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from marketplace.kernel.versions import seen_version
from marketplace.trade.orders import service as orders
from marketplace.trade.shipments import service
from marketplace.trade.shipments.schemas import DeliverIn, Parcel, ShipIn, ShipmentOut

PARTIES = ("buyer", "supplier", "operator")
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match", max_length=40, description="The version you saw, instead of `version` in the body.")]


class OrderShipmentController(Controller):
    """The shipments of one order."""

    path = "/api/v1/orders/{order_id:uuid}/shipments"
    tags = ("shipments",)

    @get("/")
    async def shipments(self, request: MarketRequest, order_id: FromPath[UUID]) -> Page[ShipmentOut]:
        """List an order's shipments."""
        await orders.order(order_id, actor=actor(request))
        return Page(await service.shipments_of(order_id, actor=actor(request)))

    @post("/", status_code=201)
    async def ship(self, request: MarketRequest, order_id: FromPath[UUID], data: JSONBody[ShipIn], if_match: IfMatch = None) -> Response[ShipmentOut]:
        """Hand a shipment over to a carrier. The supplier's act; without lines it carries everything that is left to ship."""

        async def work() -> ShipmentOut:
            carried = await orders.by_line(order_id, data.lines, actor=actor(request))
            parcel = Parcel(lines=carried, version=seen_version(data.version, if_match))
            return await service.ship(
                order_id, carrier=data.carrier, tracking_number=data.tracking_number, actor=actor(request), now=clock.now(), parcel=parcel
            )

        return await once(request, work, status=201)


class ShipmentController(Controller):
    """Shipments by themselves."""

    path = "/api/v1/shipments"
    tags = ("shipments",)

    @get("/{shipment_id:uuid}")
    async def shipment(self, request: MarketRequest, shipment_id: FromPath[UUID]) -> ShipmentOut:
        """Read a shipment of your organisation, as buyer or supplier."""
        return await service.shipment(shipment_id, actor=actor(request))

    @post("/{shipment_id:uuid}/deliver", status_code=200)
    async def deliver(
        self, request: MarketRequest, shipment_id: FromPath[UUID], data: JSONBody[DeliverIn], if_match: IfMatch = None
    ) -> Response[ShipmentOut]:
        """Confirm that a shipment has arrived. The buyer's act."""

        async def work() -> ShipmentOut:
            version = seen_version(data.version, if_match)
            return await service.confirm_delivery(shipment_id, actor=actor(request), now=clock.now(), version=version)

        return await once(request, work)


POLICIES = (
    Policy("GET /api/v1/orders/{order_id:uuid}/shipments", PARTIES, "orders:read", "order"),
    Policy("POST /api/v1/orders/{order_id:uuid}/shipments", ("supplier:sales", "supplier:fulfilment"), "orders:write", "order", acts=True),
    Policy("GET /api/v1/shipments/{shipment_id:uuid}", PARTIES, "orders:read", "shipment"),
    Policy("POST /api/v1/shipments/{shipment_id:uuid}/deliver", ("buyer:purchaser",), "orders:write", "shipment", acts=True),
)
ROUTERS: tuple[Any, ...] = (OrderShipmentController, ShipmentController)
