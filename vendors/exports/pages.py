"""Owns the downloads of the supplier's pages: own offers, the empty file to begin with, and the report of a file."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from marketplace.kernel import clock
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from vendors.exports import service

Kind = Annotated[Literal["csv", "xlsx", "jsonl"], QueryParameter(name="format")]
SheetKind = Annotated[Literal["csv", "xlsx"], QueryParameter(name="format")]
Rows = Annotated[Literal["all", "errors"], QueryParameter()]


class ExportPages(Controller):
    """Files that go out to suppliers."""

    path = "/supplier"
    include_in_schema = False

    @get("/offers/export")
    async def offers(self, request: MarketRequest, kind: Kind = "csv") -> Stream:
        """Download one's offers."""
        pieces = await service.own_offers(kind, actor=actor(request), now=clock.now())
        return Stream(pieces, media_type=service.TYPES[kind], headers=service.attachment(f"offers.{kind}"))

    @get("/imports/template")
    async def template(self, kind: Kind = "csv") -> Response[bytes]:
        """Download the empty file to begin with."""
        return Response(await service.template(kind), media_type=service.TYPES[kind], headers=service.attachment(f"offers-template.{kind}"))

    @get("/imports/{import_id:uuid}/report")
    async def report(self, request: MarketRequest, import_id: FromPath[UUID], kind: SheetKind = "csv", rows: Rows = "all") -> Stream:
        """Download what came of every row of a file."""
        pieces = await service.report(import_id, kind, errors_alone=rows == "errors", actor=actor(request), now=clock.now())
        return Stream(pieces, media_type=service.TYPES[kind], headers=service.attachment(f"report.{kind}"))


PAGES: tuple[Any, ...] = (ExportPages,)
POLICIES = (
    Policy("GET /supplier/offers/export", ("supplier",)),
    Policy("GET /supplier/imports/template", ("supplier",)),
    Policy("GET /supplier/imports/{import_id:uuid}/report", ("supplier",), sample="import"),
)
