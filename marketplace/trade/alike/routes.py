"""Owns the API of products side by side."""

from __future__ import annotations

import msgspec
from litestar import Controller, get
from litestar.openapi import ResponseSpec
from litestar.params import FromQuery

from marketplace.kernel import clock
from marketplace.kernel.http.answers import EncodedJson
from marketplace.kernel.http.caller import settings_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from marketplace.trade.alike import service
from marketplace.trade.alike.schemas import AlikeOut
from marketplace.trade.search.routes import item


class AlikeController(Controller):
    """Different products side by side."""

    path = "/api/v1/side-by-side"
    tags = ("Catalogue",)

    @get(responses={200: ResponseSpec(AlikeOut, description="Products with the union of their attributes", generate_examples=False)})
    async def side_by_side(self, request: MarketRequest, ids: FromQuery[str] = "") -> EncodedJson:
        """Put up to ten products side by side (`ids` between commas): the union of their attributes, each row in one unit where a definition says it.

        Ids that lead nowhere come back under `gone`. Raises: NotAProduct, TooManyProducts.
        """
        currency = settings_of(request).reference_currency
        wanted = service.asked_ids([ids])
        found = await service.side_by_side(wanted, now=clock.now(), viewer=actor(request), currency=currency)
        return EncodedJson(msgspec.json.encode(AlikeOut(products=[item(one) for one in found.products], rows=found.rows, gone=found.gone)))


ROUTERS = (AlikeController,)
POLICIES = (Policy("GET /api/v1/side-by-side", ("anyone",), scope="catalogue:read"),)
