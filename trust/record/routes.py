"""Owns the JSON API of a supplier's own record: its orders as they count, what it contests of them, and the operator's answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import Cursor, Limit, own_organisation, settings_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from trust.record import service
from trust.record.schemas import ContestIn, ContestOut, DecisionIn, OrderRecordOut
from trust.score.schemas import EventOut

Which = Annotated[Literal["open", "decided"], QueryParameter(description="What waits for an answer, or what has one.")]


class RecordController(Controller):
    """A supplier's own record."""

    path = "/api/v1/trust"
    tags = ("suppliers",)

    @get("/orders")
    async def orders(self, request: MarketRequest, limit: Limit = 50, cursor: Cursor = None) -> Page[EventOut]:
        """List the orders of the acting supplier as its rates count them, the latest first. Raises: BadCursor."""
        secret, who = settings_of(request).secret_key, actor(request)
        rows = await service.page_of_orders(own_organisation(request), cursor=cursor, limit=limit, secret=secret, actor=who, now=clock.now())
        return Page(rows[0], rows[1])

    @get("/orders/{order_id:uuid}")
    async def order(self, request: MarketRequest, order_id: FromPath[UUID]) -> OrderRecordOut:
        """Read one order as it counts, everything that is known of it, and what was contested of that. Raises: NotFound."""
        return await service.order_record(order_id, supplier_id=own_organisation(request), actor=actor(request), now=clock.now())

    @post("/orders/{order_id:uuid}/contests", status_code=201)
    async def state(self, request: MarketRequest, order_id: FromPath[UUID], data: JSONBody[ContestIn]) -> Response[OrderRecordOut]:
        """Contest what is known of an order; the operator answers. Raises: NotFound, InvalidInput, ContestOpen, TooManyContests."""
        return await once(request, lambda: service.state(order_id, sent=data, actor=actor(request), now=clock.now()), status=201)

    @get("/contests")
    async def contests(self, request: MarketRequest, limit: Limit = 50, cursor: Cursor = None) -> Page[ContestOut]:
        """List what the acting supplier has contested, with the operator's answers, the latest first. Raises: BadCursor."""
        secret = settings_of(request).secret_key
        return Page(*await service.my_contests(cursor=cursor, limit=limit, secret=secret, actor=actor(request)))


class ContestController(Controller):
    """What suppliers contest, for the operator."""

    path = "/api/v1/operator/trust/contests"
    tags = ("Operator",)

    @get("/")
    async def contests(self, request: MarketRequest, which: Which = "open", limit: Limit = 50, cursor: Cursor = None) -> Page[ContestOut]:
        """List what waits for an answer, the oldest first, or what has one, the latest first. Raises: BadCursor."""
        secret = settings_of(request).secret_key
        return Page(*await service.contests(is_open=which == "open", cursor=cursor, limit=limit, secret=secret, actor=actor(request)))

    @get("/{contest_id:uuid}")
    async def contest(self, request: MarketRequest, contest_id: FromPath[UUID]) -> ContestOut:
        """Read one of them. Raises: NotFound."""
        return await service.contest(contest_id, actor=actor(request))

    @post("/{contest_id:uuid}/decision", status_code=200)
    async def decide(self, request: MarketRequest, contest_id: FromPath[UUID], data: JSONBody[DecisionIn]) -> Response[ContestOut]:
        """Accept what is contested, which appends the correction, or decline it with a reason. Raises: NotFound, InvalidInput, ContestDecided."""
        return await once(request, lambda: service.decide(contest_id, sent=data, actor=actor(request), now=clock.now()))


ROUTERS: tuple[Any, ...] = (RecordController, ContestController)
KEEPERS = ("supplier:owner", "supplier:sales", "supplier:fulfilment")
READ, WRITE = "suppliers:read", "organisations:write"
POLICIES = (
    Policy("GET /api/v1/trust/orders", ("supplier",), scope=READ),
    Policy("GET /api/v1/trust/orders/{order_id:uuid}", ("supplier",), scope=READ, sample="counted_order"),
    Policy("POST /api/v1/trust/orders/{order_id:uuid}/contests", KEEPERS, scope=WRITE, sample="counted_order", acts=True),
    Policy("GET /api/v1/trust/contests", ("supplier",), scope=READ),
    Policy("GET /api/v1/operator/trust/contests", ("operator",), scope=READ),
    Policy("GET /api/v1/operator/trust/contests/{contest_id:uuid}", ("operator",), scope=READ, sample="contest"),
    Policy("POST /api/v1/operator/trust/contests/{contest_id:uuid}/decision", ("operator:admin",), scope=WRITE, sample="contest", acts=True),
)
