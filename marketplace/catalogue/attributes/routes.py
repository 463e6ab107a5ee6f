"""Owns the JSON API of what is asked of products: reading a schema, and for the operator preview, publishing, versions and who breaks."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from marketplace.catalogue.attributes import service
from marketplace.catalogue.attributes.schemas import Code, FaultyProduct, Report, SchemaDraft, SchemaIn, SchemaOut, SchemaVersion
from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import Cursor, Limit, asked_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy

Key = Annotated[str, QueryParameter(max_length=200)]
FaultCode = Annotated[Code, QueryParameter()]
Parent = Annotated[UUID | None, QueryParameter()]
PLACE = "/api/v1/operator/categories/{category_id:uuid}"


class SchemaController(Controller):
    """What is asked of the products of a category."""

    path = "/api/v1/categories"
    tags = ("Catalogue",)

    @get("/{category_id:uuid}/schema")
    async def schema(self, category_id: FromPath[UUID]) -> SchemaOut:
        """Give the attributes that count for a category, inherited ones included, each with the category that says it. Raises: NotFound."""
        return await service.schema(category_id)


class OperatorSchemaController(Controller):
    """Schemas as their keeper changes them."""

    path = "/api/v1/operator/categories"
    tags = ("Catalogue",)

    @post("/{category_id:uuid}/schema/preview", status_code=200)
    async def preview(self, request: MarketRequest, category_id: FromPath[UUID], data: JSONBody[SchemaDraft]) -> Response[Report]:
        """Tell which products these own attributes would break; nothing is written. Raises: NotFound, BadSchema."""
        return await once(request, lambda: service.preview(category_id, data.attributes, actor=actor(request)))

    @get("/{category_id:uuid}/move/preview")
    async def move(self, request: MarketRequest, category_id: FromPath[UUID], parent_id: Parent = None) -> Report:
        """Tell what other inherited attributes would break under another parent, none for the top. Raises: NotFound, BadCategory, CategoryBelowItself."""
        return await service.preview_move(category_id, parent_id, actor=actor(request))

    @put("/{category_id:uuid}/schema")
    async def publish(self, request: MarketRequest, category_id: FromPath[UUID], data: JSONBody[SchemaIn]) -> Response[SchemaVersion]:
        """Publish a version of the own attributes, whole. Raises: NotFound, BadSchema, VersionConflict, NothingChanged."""
        return await once(request, lambda: service.publish(category_id, data, actor=actor(request), now=clock.now()))

    @get("/{category_id:uuid}/schema/versions")
    async def versions(self, request: MarketRequest, category_id: FromPath[UUID]) -> Page[SchemaVersion]:
        """List the published versions with reason, actor and what each broke, the newest first. Raises: NotFound."""
        return Page(await service.versions(category_id, actor=actor(request)))

    @get("/{category_id:uuid}/faults")
    async def faults(
        self, request: MarketRequest, category_id: FromPath[UUID], key: Key, code: FaultCode, limit: Limit = 100, cursor: Cursor = None
    ) -> Page[FaultyProduct]:  # fmt: skip
        """List the published products of a category and below that have one fault under one attribute. Raises: NotFound, BadCursor."""
        asked = asked_of(request, cursor, limit=limit)
        return Page(*await service.faulty_products(category_id, key=key, code=code, asked=asked, actor=actor(request)))


ROUTERS: tuple[Any, ...] = (SchemaController, OperatorSchemaController)
READ, WRITE = "catalogue:read", "catalogue:write"
KEEPER = ("operator",)
POLICIES = (
    Policy("GET /api/v1/categories/{category_id:uuid}/schema", ("anyone",), scope=READ, sample="category_id"),
    Policy(f"POST {PLACE}/schema/preview", KEEPER, scope=READ, sample="category_id", keyed=True),
    Policy(f"PUT {PLACE}/schema", ("operator:admin",), scope=WRITE, sample="category_id", acts=True),
    Policy(f"GET {PLACE}/move/preview", KEEPER, scope=READ, sample="category_id"),
    Policy(f"GET {PLACE}/schema/versions", KEEPER, scope=READ, sample="category_id"),
    Policy(f"GET {PLACE}/faults", KEEPER, scope=READ, sample="category_id"),
)
