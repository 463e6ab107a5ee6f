"""Owns the comparison page and its CSV."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import FromPath

from marketplace.kernel import clock
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.money import AmountTooLarge
from marketplace.kernel.package import Policy
from marketplace.trade.sheets import service
from marketplace.trade.sheets.pages_words import Sheet, words_of_errors

UNUSABLE = (InvalidInput, AmountTooLarge)
# What somebody typed stays in its field. A list has no place for what is not on it, so it shows what the comparison below is made with.
TYPED = ("quantity", "need_by", "postal_code")


def _given(request: MarketRequest) -> dict[str, str]:
    return {name: value for name, value in request.query_params.items() if isinstance(value, str)}


class SheetPages(Controller):
    """The page this market is known for."""

    @get("/products/{product_id:uuid}")
    async def product(self, request: MarketRequest, product_id: FromPath[UUID]) -> Response[Any]:
        """Show the suppliers of a product side by side. What cannot be used in the terms is named, and what was typed stays."""
        given, problem = _given(request), []
        locale: str = request.scope["locale"]  # type: ignore[typeddict-item]
        usable = given
        # Each round leaves out at least one of five terms, and the comparison without any term can always be shown.
        while True:
            try:
                view = await service.page_of(product_id, usable, viewer=actor(request), locale=locale, now=clock.now())
                break
            except UNUSABLE as error:
                if not usable:
                    raise
                problem += words_of_errors(error)
                usable = service.without_refused(usable, error)
        values = view.values | {name: given[name] for name in TYPED if name in given and name not in usable}
        query = request.scope["query_string"].decode("latin-1")
        here = f"/products/{product_id}" + (f"?{query}" if query else "")
        sheet = Sheet(view, here=here)
        return render(request, "compare/product.html", status=422 if problem else 200, view=sheet, values=values, problem=problem)


PAGES = (SheetPages,)
POLICIES = (Policy("GET /products/{product_id:uuid}", ("anyone",), "", "product"),)
