"""Owns the API of one product."""

from __future__ import annotations

from uuid import UUID

import msgspec
from litestar import Controller, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath

from marketplace.catalogue.products import service
from marketplace.catalogue.products.schemas import ProductDetail
from marketplace.kernel.http.answers import EncodedJson
from marketplace.kernel.http.request import MarketRequest
from marketplace.kernel.package import Policy

_encode = msgspec.json.Encoder().encode


class ProductController(Controller):
    """Products as they are, whoever offers them."""

    path = "/api/v1/products"
    tags = ("Catalogue",)

    @get("/{product_id:uuid}", responses={200: ResponseSpec(ProductDetail, description="The product", generate_examples=False)})
    async def product(self, request: MarketRequest, product_id: FromPath[UUID]) -> EncodedJson:
        """Give one product in the reader's language with all its attributes. Raises: NotFound."""
        found = await service.product_detail(product_id, locale=request.scope["locale"])  # type: ignore[typeddict-item]
        return EncodedJson(_encode(found))


POLICIES = (Policy("GET /api/v1/products/{product_id:uuid}", ("anyone",), scope="catalogue:read", sample="product"),)
