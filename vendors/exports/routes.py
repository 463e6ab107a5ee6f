"""Owns the JSON API's files: a supplier's own offers, and what came of every row of a file that was sent."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from marketplace.kernel import clock
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from vendors.exports import service

Kind = Annotated[Literal["csv", "xlsx", "jsonl"], QueryParameter(name="format", description="The kind of file.")]
SheetKind = Annotated[Literal["csv", "xlsx"], QueryParameter(name="format", description="The kind of file.")]
Rows = Annotated[Literal["all", "errors"], QueryParameter(description="Every row, or those with errors alone.")]


class ExportController(Controller):
    """Files that go out to suppliers."""

    path = "/api/v1/supplier"
    tags = ("offers",)

    @get("/offers/export", opt={"gives": tuple(service.TYPES.values())})
    async def offers(self, request: MarketRequest, kind: Kind = "csv") -> Stream:
        """Download your offers in the columns that an import takes back."""
        pieces = await service.own_offers(kind, actor=actor(request), now=clock.now())
        return Stream(pieces, media_type=service.TYPES[kind], headers=service.attachment(f"offers.{kind}"))

    @get("/imports/{import_id:uuid}/report", opt={"gives": (service.TYPES["csv"], service.TYPES["xlsx"])})
    async def report(self, request: MarketRequest, import_id: FromPath[UUID], kind: SheetKind = "csv", rows: Rows = "all") -> Stream:
        """Download what came of every row of one of your files."""
        pieces = await service.report(import_id, kind, errors_alone=rows == "errors", actor=actor(request), now=clock.now())
        return Stream(pieces, media_type=service.TYPES[kind], headers=service.attachment(f"report.{kind}"))


ROUTERS: tuple[Any, ...] = (ExportController,)
POLICIES = (
    Policy("GET /api/v1/supplier/offers/export", ("supplier",), scope="offers:read"),
    Policy("GET /api/v1/supplier/imports/{import_id:uuid}/report", ("supplier",), scope="offers:read", sample="import"),
)
