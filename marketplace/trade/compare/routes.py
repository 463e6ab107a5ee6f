"""Owns the API of the comparison."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from marketplace.kernel import clock
from marketplace.kernel.http.answers import EncodedJson
from marketplace.kernel.http.in_units import told
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from marketplace.trade.compare import service
from marketplace.trade.compare.schemas import Comparison

Quantity = Annotated[str, QueryParameter(description="How many units, as ASCII decimal text.", max_length=20)]
Country = Annotated[str, QueryParameter(description="Where to, ISO 3166-1 alpha-2.", max_length=2)]
_encode = msgspec.json.Encoder().encode
Text = Annotated[str, QueryParameter(max_length=20)]


class CompareController(Controller):
    """Named suppliers side by side."""

    tags = ("Comparison",)

    @get(
        "/api/v1/products/{product_id:uuid}/comparison",
        responses={200: ResponseSpec(Comparison, description="Request fulfilled, document follows", generate_examples=False)},
    )
    async def comparison(
        self,
        request: MarketRequest,
        product_id: FromPath[UUID],
        quantity: Quantity,
        country: Country,
        postal_code: Text = "",
        need_by: Text = "",
        currency: Text = "",
        weights: Text = "",
    ) -> EncodedJson:
        """Compare every offer at a quantity, destination and date; each figure with source and time.

        Places stand on the weights that the caller's organisation keeps, if any; `weights=market` asks for the market's. Raises: NotFound, InvalidInput.
        """
        given = {"quantity": quantity, "country": country, "postal_code": postal_code, "need_by": need_by, "currency": currency, "weights": weights}
        found = await service.compare_given(product_id, given, viewer=actor(request), now=clock.now(), is_sent=True)
        return EncodedJson(_encode(told(found)))


ROUTERS = (CompareController,)
POLICIES = (Policy("GET /api/v1/products/{product_id:uuid}/comparison", ("anyone",), "catalogue:read", "product"),)
