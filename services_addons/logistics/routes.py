"""Owns the JSON API of a supplier's own freight tables."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromPath

from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from services_addons.logistics import service
from services_addons.logistics.schemas import FreightTableOut


class FreightTableController(Controller):
    """A supplier's own freight tables."""

    path = "/api/v1/freight-tables"
    tags = ("logistics",)

    @get("/")
    async def tables(self, request: MarketRequest) -> Page[FreightTableOut]:
        """List your freight tables with their zones, the newest first, at most 100."""
        return Page(await service.my_freight_tables(actor=actor(request)))

    @get("/{table_id:uuid}")
    async def table(self, request: MarketRequest, table_id: FromPath[UUID]) -> FreightTableOut:
        """Read one of your freight tables: zones by country and postal prefix, days on the way, rates by weight."""
        return await service.my_freight_table(table_id, actor=actor(request))


ROUTERS: tuple[Any, ...] = (FreightTableController,)
POLICIES = (
    Policy("GET /api/v1/freight-tables", ("supplier",), scope="offers:read"),
    Policy("GET /api/v1/freight-tables/{table_id:uuid}", ("supplier",), scope="offers:read", sample="freight_table"),
)
