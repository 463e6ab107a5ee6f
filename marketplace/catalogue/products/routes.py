"""Owns the API of one product."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get
from litestar.params import FromPath

from marketplace.catalogue.products import service
from marketplace.catalogue.products.schemas import ProductDetail
from marketplace.kernel.http.answers import as_json
from marketplace.kernel.http.request import MarketRequest
from marketplace.kernel.package import Policy

_encode = msgspec.json.Encoder().encode


class ProductController(Controller):
    """Products as they are, whoever offers them."""

    path = "/api/v1/products"
    tags = ("Catalogue",)

    @get("/{product_id:uuid}")
    async def product(self, request: MarketRequest, product_id: FromPath[UUID]) -> Response[ProductDetail]:
        """Give one product in the reader's language with all its attributes. Raises: NotFound."""
        found: Any = await service.product_detail(product_id, locale=request.scope["locale"])  # type: ignore[typeddict-item]
        return as_json(_encode(found))


POLICIES = (Policy("GET /api/v1/products/{product_id:uuid}", ("anyone",), scope="catalogue:read", sample="product"),)
