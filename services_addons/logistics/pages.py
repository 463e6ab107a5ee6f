"""Owns the pages of a supplier's own freight tables."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import FromPath

from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy
from services_addons.logistics import service


class FreightPages(Controller):
    """What a supplier asks for freight, as it has told the market."""

    path = "/supplier/freight"
    include_in_schema = False

    @get("/")
    async def tables(self, request: MarketRequest) -> Response[str]:
        """List the freight tables."""
        return render(request, "logistics/tables.html", tables=await service.my_freight_tables(actor=actor(request)))

    @get("/{table_id:uuid}")
    async def table(self, request: MarketRequest, table_id: FromPath[UUID]) -> Response[str]:
        """Show one table: zones, days on the way, rates by weight."""
        table = await service.my_freight_table(table_id, actor=actor(request))
        amounts = {zone.id: {rate.up_to: rate.amount_minor for rate in zone.rates} for zone in table.zones}
        return render(request, "logistics/table.html", table=table, bounds=service.bound_columns(table), amounts=amounts)


PAGES: tuple[Any, ...] = (FreightPages,)
POLICIES = (
    Policy("GET /supplier/freight", ("supplier",)),
    Policy("GET /supplier/freight/{table_id:uuid}", ("supplier",), sample="freight_table"),
)
NAV = (Nav(lazy("Freight"), "/supplier/freight", ("supplier",), 50),)
