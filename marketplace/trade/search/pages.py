"""Owns the page on which people begin to look for things; what they find is shown by the room of facets, above."""

from __future__ import annotations

from litestar import Controller, Response, get

from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy


class SearchPages(Controller):
    """Pages that anyone may see; what counts of offers and prices is what the viewer may see of them."""

    include_in_schema = False

    @get("/")
    async def home(self, request: MarketRequest) -> Response[str]:
        """Show the search box and the category tree with counts."""
        categories = await taxonomy.categories_with_counts(locale=actor(request).locale)
        roots = [one for one in categories if one.parent_id is None]
        children = {root.id: [one for one in categories if one.parent_id == root.id] for root in roots}
        unsorted = (await taxonomy.product_counts()).get(None, 0)
        total = unsorted + sum(root.products for root in roots)
        return render(request, "search/home.html", roots=roots, children=children, unsorted=unsorted, total=total)


POLICIES = (Policy("GET /", ("anyone",)),)
