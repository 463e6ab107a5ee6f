"""Owns the pages on which people look for things: home, search results, a category."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import FromPath, FromQuery

from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.http.caller import places_of, settings_of
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.package import Policy
from marketplace.kernel.wording import word
from marketplace.trade.search import service

PAGE_SIZE = 24
NARROWER_MAX = 12


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

    @get("/search")
    async def results(
        self, request: MarketRequest, q: FromQuery[str] = "", category: FromQuery[str] = "", cursor: FromQuery[str] = ""
    ) -> Response[str]:
        """Show what a search found, narrowed to a category when one is given; a search that cannot be done is explained on the page."""
        settings = settings_of(request)
        viewer, places = actor(request), places_of(request, f"search:{q}:{category}", tuple[int])
        offset = places.behind(cursor) or 0
        try:
            chosen = await taxonomy.category_by_slug(category) if category else None
            found = await service.search(
                q,
                now=clock.now(),
                category=chosen.id if chosen else None,
                limit=PAGE_SIZE,
                offset=offset,
                viewer=viewer,
                currency=settings.reference_currency,
            )
        except NotFound:
            raise
        except DomainError as error:
            return render(
                request,
                "search/refused.html",
                status=error.status,
                message=word(error.message, error.params, viewer.locale),
                search_text=q[:200].replace("\x00", ""),
            )
        narrower = await service.narrower(found.ids, inside=chosen.id if chosen else None, locale=viewer.locale)
        return render(
            request,
            "search/results.html",
            search_text=q,
            chosen=chosen,
            hits=found.items,
            total=len(found.ids),
            is_bounded=len(found.ids) >= service.RESULTS_MAX,
            narrower=narrower[:NARROWER_MAX],
            next_cursor=places.cursor(found.next_offset),
        )

    @get("/categories/{slug:str}")
    async def category(self, request: MarketRequest, slug: FromPath[str], cursor: FromQuery[str] = "") -> Response[str]:
        """Show a category: what is below it, and its products in the order of arrival. Raises: NotFound."""
        settings = settings_of(request)
        viewer, places = actor(request), places_of(request, f"category:{slug}", tuple[UUID])
        category_id = service.UNSORTED if slug == service.UNSORTED else (await taxonomy.category_by_slug(slug)).id
        after = places.behind(cursor)
        hits, following = await service.category_hits(
            category_id, now=clock.now(), after=after, limit=PAGE_SIZE, viewer=viewer, currency=settings.reference_currency
        )
        return render(
            request,
            "search/category.html",
            slug=slug,
            hits=hits,
            next_cursor=places.cursor(following),
            **await _around(category_id, locale=viewer.locale),
        )


async def _around(category_id: UUID | str, *, locale: str) -> dict[str, Any]:
    """Give a category with its ancestors, its children and its count, named for the reader."""
    if not isinstance(category_id, UUID):
        unsorted = (await taxonomy.product_counts()).get(None, 0)
        return {"name": _("Not sorted into a category yet"), "above": [], "below": [], "total": unsorted}
    categories = {one.id: one for one in await taxonomy.categories_with_counts(locale=locale)}
    chosen = categories[category_id]
    above = []
    parent = chosen.parent_id
    while parent is not None:
        above.append(categories[parent])
        parent = categories[parent].parent_id
    return {
        "name": chosen.name,
        "above": above[::-1],
        "below": [one for one in categories.values() if one.parent_id == category_id],
        "total": chosen.products,
    }


POLICIES = (
    Policy("GET /", ("anyone",)),
    Policy("GET /search", ("anyone",)),
    Policy("GET /categories/{slug:str}", ("anyone",), sample="category"),
)
