"""Owns the operator's downloads: the catalogue, the empty file to begin with, and what is wrong in a file."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from marketplace.catalogue.exports import service
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy

Kind = Annotated[Literal["csv", "xlsx", "jsonl"], QueryParameter(name="format", description="The kind of file.")]
SheetKind = Annotated[Literal["csv", "xlsx"], QueryParameter(name="format", description="The kind of file.")]
OfCategory = Annotated[str, QueryParameter(max_length=80, description="Slug of a category, with all below it; everything without it.")]


class ProductExportPages(Controller):
    """Files of products that go out."""

    path = "/operator/catalogue"
    include_in_schema = False

    @get("/export")
    async def products(self, kind: Kind = "csv", category: OfCategory = "") -> Stream:
        """Download the catalogue."""
        pieces = await service.products(kind, category=category)
        return Stream(pieces, media_type=service.TYPES[kind], headers=service.attachment(f"products.{kind}"))

    @get("/template")
    async def template(self, kind: SheetKind = "csv") -> Response[bytes]:
        """Download the empty file to begin with."""
        return Response(await service.template(kind), media_type=service.TYPES[kind], headers=service.attachment(f"products-template.{kind}"))

    @get("/imports/{product_import_id:uuid}/issues")
    async def issues(self, request: MarketRequest, product_import_id: FromPath[UUID], kind: SheetKind = "csv") -> Stream:
        """Download what is wrong in a file."""
        pieces = await service.issues(product_import_id, kind, actor=actor(request))
        return Stream(pieces, media_type=service.TYPES[kind], headers=service.attachment(f"issues.{kind}"))


PAGES: tuple[Any, ...] = (ProductExportPages,)
POLICIES = (
    Policy("GET /operator/catalogue/export", ("operator",)),
    Policy("GET /operator/catalogue/template", ("operator",)),
    Policy("GET /operator/catalogue/imports/{product_import_id:uuid}/issues", ("operator",), sample="product_import"),
)
