"""Owns the comparison page, its CSV, and the page of the formula."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import FromPath

from marketplace.kernel import clock
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.trade.compare import service_page as service


class ComparePages(Controller):
    """The page this market is known for."""

    @get("/products/{product_id:uuid}")
    async def product(self, request: MarketRequest, product_id: FromPath[UUID]) -> Response[Any]:
        """Show the suppliers of a product side by side. What cannot be used in the terms is named beside its field, and what was typed stays."""
        given = {name: value for name, value in request.query_params.items() if isinstance(value, str)}
        try:
            view = await service.page_of(product_id, given, viewer=actor(request), locale=request.scope["locale"], now=clock.now())  # type: ignore[typeddict-item]
        except InvalidInput as error:
            view = await service.page_of(product_id, {}, viewer=actor(request), locale=request.scope["locale"], now=clock.now())  # type: ignore[typeddict-item]
            return render(request, "compare/product.html", status=422, view=view, values=given, error=error)
        return render(request, "compare/product.html", view=view, values=view.values, error=None)

    @get("/products/{product_id:uuid}/comparison.csv")
    async def csv(self, request: MarketRequest, product_id: FromPath[UUID]) -> Response[str]:
        """Give the comparison as CSV with sources, at the same terms as the page."""
        given = {name: value for name, value in request.query_params.items() if isinstance(value, str)}
        text = await service.csv_of(product_id, given, viewer=actor(request), locale=request.scope["locale"], now=clock.now())  # type: ignore[typeddict-item]
        headers = {"content-disposition": f'attachment; filename="comparison-{product_id}.csv"'}
        return Response(text, media_type="text/csv; charset=utf-8", headers=headers)

    @get("/ranking")
    async def ranking(self, request: MarketRequest) -> Response[Any]:
        """Explain how places are worked out, with a worked example."""
        return render(request, "compare/ranking.html", **await service.ranking_page(now=clock.now()))
