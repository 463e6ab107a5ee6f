"""Owns the API of the category tree."""

from __future__ import annotations

from litestar import Controller, get

from marketplace.catalogue.taxonomy import service
from marketplace.catalogue.taxonomy.schemas import CategoryOut
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.request import MarketRequest
from marketplace.kernel.package import Policy


class CategoryController(Controller):
    """The tree of what is sold."""

    path = "/api/v1/categories"
    tags = ("Catalogue",)

    @get()
    async def categories(self, request: MarketRequest) -> Page[CategoryOut]:
        """List all categories, parents before children, with the number of products in each and below it."""
        return Page(await service.categories_with_counts(locale=request.scope["locale"]))  # type: ignore[typeddict-item]


POLICIES = (Policy("GET /api/v1/categories", ("anyone",), scope="catalogue:read"),)
