"""Owns the JSON API's files of the catalogue, for the operator: its products, and what is wrong in a file that was sent."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from marketplace.catalogue.exports import service
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy

Kind = Annotated[Literal["csv", "xlsx", "jsonl"], QueryParameter(name="format", description="The kind of file.")]
SheetKind = Annotated[Literal["csv", "xlsx"], QueryParameter(name="format", description="The kind of file.")]
OfCategory = Annotated[str, QueryParameter(max_length=80, description="Slug of a category, with all below it; everything without it.")]


class ProductExportController(Controller):
    """Files of products that go out."""

    path = "/api/v1/operator/catalogue"
    tags = ("catalogue",)

    @get("/export", opt={"gives": tuple(service.TYPES.values())})
    async def products(self, kind: Kind = "csv", category: OfCategory = "") -> Stream:
        """Download the products in the columns that an import takes back."""
        pieces = await service.products(kind, category=category)
        return Stream(pieces, media_type=service.TYPES[kind], headers=service.attachment(f"products.{kind}"))

    @get("/imports/{product_import_id:uuid}/issues", opt={"gives": (service.TYPES["csv"], service.TYPES["xlsx"])})
    async def issues(self, request: MarketRequest, product_import_id: FromPath[UUID], kind: SheetKind = "csv") -> Stream:
        """Download what is wrong in a file, by line, column, value and reason."""
        pieces = await service.issues(product_import_id, kind, actor=actor(request))
        return Stream(pieces, media_type=service.TYPES[kind], headers=service.attachment(f"issues.{kind}"))


ROUTERS: tuple[Any, ...] = (ProductExportController,)
POLICIES = (
    Policy("GET /api/v1/operator/catalogue/export", ("operator",), scope="catalogue:write"),
    Policy("GET /api/v1/operator/catalogue/imports/{product_import_id:uuid}/issues", ("operator",), scope="catalogue:write", sample="product_import"),
)
