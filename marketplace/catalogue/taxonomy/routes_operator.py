"""Owns the JSON API by which the operator keeps the category tree."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post, put
from litestar.params import FromPath, JSONBody

from marketplace.catalogue.taxonomy import service
from marketplace.catalogue.taxonomy.schemas import CategoryChange, CategoryIn, CategoryKept, CategoryMove
from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy

PLACE = "/api/v1/operator/categories"


class OperatorCategoryController(Controller):
    """The tree as its keeper changes it."""

    path = PLACE
    tags = ("Catalogue",)

    @get("/{category_id:uuid}")
    async def category(self, request: MarketRequest, category_id: FromPath[UUID]) -> CategoryKept:
        """Give a category with the version that a change needs. Raises: NotFound."""
        return await service.kept_category(category_id, actor=actor(request))

    @post("/", status_code=201)
    async def add(self, request: MarketRequest, data: JSONBody[CategoryIn]) -> Response[CategoryKept]:
        """Create a category behind its siblings. Raises: BadCategory, SlugTaken, TreeTooDeep."""
        return await once(request, lambda: service.add_category(data, actor=actor(request), now=clock.now()), status=201)

    @put("/{category_id:uuid}")
    async def change(self, request: MarketRequest, category_id: FromPath[UUID], data: JSONBody[CategoryChange]) -> Response[CategoryKept]:
        """Write names, customs code and typical weight, whole. Raises: NotFound, VersionConflict, BadCategory."""
        return await once(request, lambda: service.change_category(category_id, data, actor=actor(request), now=clock.now()))

    @post("/{category_id:uuid}/move", status_code=200)
    async def move(self, request: MarketRequest, category_id: FromPath[UUID], data: JSONBody[CategoryMove]) -> Response[CategoryKept]:
        """Put a category with all below it elsewhere. Raises: NotFound, VersionConflict, BadCategory, CategoryBelowItself, TreeTooDeep."""
        return await once(request, lambda: service.move_category(category_id, data, actor=actor(request), now=clock.now()))


ROUTERS: tuple[Any, ...] = (OperatorCategoryController,)
READ, WRITE = "catalogue:read", "catalogue:write"
KEEPER = ("operator",)
POLICIES = (
    Policy(f"GET {PLACE}/{{category_id:uuid}}", KEEPER, scope=READ, sample="category_id"),
    Policy(f"POST {PLACE}", ("operator:admin",), scope=WRITE, acts=True),
    Policy(f"PUT {PLACE}/{{category_id:uuid}}", ("operator:admin",), scope=WRITE, sample="category_id", acts=True),
    Policy(f"POST {PLACE}/{{category_id:uuid}}/move", ("operator:admin",), scope=WRITE, sample="category_id", acts=True),
)
