"""Owns the JSON API of a supplier's own freight tables."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from marketplace.kernel.table_files import attachment
from services_addons.logistics import service
from services_addons.logistics.schemas import (
    FreightFileIn,
    FreightQuoteOut,
    FreightTableIn,
    FreightTableOut,
    PackingIn,
    PackingOut,
    RetirementIn,
    Sent,
)
from services_addons.logistics.schemas_asked import ConsignmentQuoteOut, FreightAskIn

Whole = Annotated[int | None, QueryParameter(ge=0, le=10**12)]
Place = Annotated[str, QueryParameter(pattern="^[A-Z]{2}$", max_length=2)]
Postal = Annotated[str, QueryParameter(max_length=12)]


class FreightTableController(Controller):
    """A supplier's own freight tables."""

    path = "/api/v1/freight-tables"
    tags = ("logistics",)

    @get("/")
    async def tables(self, request: MarketRequest) -> Page[FreightTableOut]:
        """List your freight tables with every version and its zones, the newest first, at most 100."""
        return Page(await service.my_freight_tables(actor=actor(request)))

    @post("/", status_code=201)
    async def add(self, request: MarketRequest, data: JSONBody[FreightTableIn]) -> Response[FreightTableOut]:
        """Add a freight table that counts from today or later. Raises: BadFreightTable, FreightTablesOverlap."""
        return await once(request, lambda: service.add_table(data, actor=actor(request), now=clock.now()), status=201)

    @post("/file", status_code=201)
    async def take_file(self, request: MarketRequest, data: JSONBody[FreightFileIn]) -> Response[FreightTableOut]:
        """Take a whole table from CSV text, all or nothing. Raises: BadFreightFile, BadFreightTable, FreightTablesOverlap, FreightTableOver, NotFound."""
        return await once(request, lambda: service.take_file(data, actor=actor(request), now=clock.now()), status=201)

    @get("/{table_id:uuid}")
    async def table(self, request: MarketRequest, table_id: FromPath[UUID]) -> FreightTableOut:
        """Read one of your freight tables: zones by country and postal prefix, days on the way, rates, surcharges. Raises: NotFound."""
        return await service.my_freight_table(table_id, actor=actor(request))

    @post("/{table_id:uuid}/versions", status_code=201)
    async def revise(self, request: MarketRequest, table_id: FromPath[UUID], data: JSONBody[FreightTableIn]) -> Response[FreightTableOut]:
        """Let a new version take a table's place from its first day on. Raises: NotFound, BadFreightTable, FreightTableOver, FreightTablesOverlap."""
        return await once(request, lambda: service.revise_table(table_id, data, actor=actor(request), now=clock.now()), status=201)

    @post("/{table_id:uuid}/end", status_code=200)
    async def end(self, request: MarketRequest, table_id: FromPath[UUID], data: JSONBody[RetirementIn]) -> Response[FreightTableOut]:
        """Let a table count no longer than to a day, today or later. Raises: NotFound, BadFreightTable, FreightTableOver."""
        return await once(request, lambda: service.end_table(table_id, last_day=data.last_day, actor=actor(request), now=clock.now()))

    @get("/{table_id:uuid}/quote")
    async def quote(
        self, request: MarketRequest, table_id: FromPath[UUID], country: Place, postal_code: Postal = "", grams: Whole = None,
        volume_cm3: Whole = None, pallets: Whole = None, value_minor: Whole = None,
    ) -> FreightQuoteOut:  # fmt: skip
        """Ask what one of your tables charges for a consignment, with its parts. Raises: NotFound, InvalidInput."""
        sent = Sent(country=country, postal_code=postal_code, grams=grams, volume_cm3=volume_cm3, pallets=pallets, value_minor=value_minor)
        return await service.try_table(table_id, sent, actor=actor(request), now=clock.now())

    @get("/{table_id:uuid}/file", media_type="text/csv", opt={"gives": ("text/csv",)})
    async def csv(self, request: MarketRequest, table_id: FromPath[UUID]) -> Response[str]:
        """Give one of your tables as the CSV that can be taken back in. Raises: NotFound."""
        text, name = await service.table_as_csv(table_id, actor=actor(request))
        return Response(text, media_type="text/csv", headers=attachment(name))


class FreightQuoteController(Controller):
    """The freight of what a buyer thinks of ordering."""

    path = "/api/v1/freight-quotes"
    tags = ("logistics",)

    @post("/", status_code=200)
    async def quote(self, request: MarketRequest, data: JSONBody[FreightAskIn]) -> Response[Page[ConsignmentQuoteOut]]:
        """Ask what a supplier's offers cost to be brought to a place, a quote a consignment. Raises: InvalidInput, BadQuantity, QuantityNotAllowed."""

        async def work() -> Page[ConsignmentQuoteOut]:
            return Page(await service.freight_to(data, actor=actor(request), now=clock.now()))

        return await once(request, work)


class FreightPackingController(Controller):
    """What a supplier puts on pallets."""

    path = "/api/v1/freight-packings"
    tags = ("logistics",)

    @get("/")
    async def packings(self, request: MarketRequest) -> Page[PackingOut]:
        """List how many of your products go on a pallet, the last changed first, at most 500."""
        return Page(await service.my_packings(actor=actor(request)))

    @put("/")
    async def set_packing(self, request: MarketRequest, data: JSONBody[PackingIn]) -> Response[Page[PackingOut]]:
        """Say how many of a product go on a pallet; null takes the figure away. Raises: InvalidInput."""

        async def work() -> Page[PackingOut]:
            return Page(await service.set_packing(data, actor=actor(request), now=clock.now()))

        return await once(request, work)


ROUTERS: tuple[Any, ...] = (FreightTableController, FreightPackingController, FreightQuoteController)
KEEPERS = ("supplier:catalogue", "supplier:sales", "supplier:fulfilment")
READ, WRITE = "offers:read", "offers:write"
POLICIES = (
    Policy("GET /api/v1/freight-tables", ("supplier",), scope=READ),
    Policy("POST /api/v1/freight-tables", KEEPERS, scope=WRITE, acts=True),
    Policy("POST /api/v1/freight-tables/file", KEEPERS, scope=WRITE, acts=True),
    Policy("GET /api/v1/freight-tables/{table_id:uuid}", ("supplier",), scope=READ, sample="freight_table"),
    Policy("POST /api/v1/freight-tables/{table_id:uuid}/versions", KEEPERS, scope=WRITE, sample="freight_table", acts=True),
    Policy("POST /api/v1/freight-tables/{table_id:uuid}/end", KEEPERS, scope=WRITE, sample="freight_table", acts=True),
    Policy("GET /api/v1/freight-tables/{table_id:uuid}/quote", ("supplier",), scope=READ, sample="freight_table"),
    Policy("GET /api/v1/freight-tables/{table_id:uuid}/file", ("supplier",), scope=READ, sample="freight_table"),
    Policy("POST /api/v1/freight-quotes", ("buyer",), scope="catalogue:read", keyed=True),
    Policy("GET /api/v1/freight-packings", ("supplier",), scope=READ),
    Policy("PUT /api/v1/freight-packings", KEEPERS, scope=WRITE, acts=True),
)
