"""Owns the pages of lists: what a search found, a category, and what the first letters of a search may mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode
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
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Policy
from marketplace.kernel.wording import word
from marketplace.trade.facets import service
from marketplace.trade.facets.errors import GivenTwice
from marketplace.trade.facets.schemas import Asked, Filters
from marketplace.trade.search import service as search

if TYPE_CHECKING:
    from marketplace.trade.facets.schemas import Facet, Found

PAGE_SIZE = 24
SAID = {"product": lazy("Product"), "brand": lazy("Brand"), "type": lazy("Kind"), "category": lazy("Category"), "words": lazy("Search")}
SHOWN = 6
WIDER_MAX = 4


class Link(NamedTuple):
    """A choice as a page shows it: where it leads, and how deep it stands in the tree."""

    label: str
    path: str
    products: int | None
    is_chosen: bool
    depth: int


class Box(NamedTuple):
    """A facet as a page shows it: the first choices, and the rest behind one press."""

    id: str
    label: str
    unit: str
    first: list[Link]
    rest: list[Link]


class Chip(NamedTuple):
    """One thing that is chosen, and the list without it."""

    facet: str
    label: str
    path: str


class FindPages(Controller):
    """Pages that anyone may see; what counts of offers and prices is what the viewer may see of them."""

    include_in_schema = False

    @get("/search")
    async def results(self, request: MarketRequest, q: FromQuery[str] = "", cursor: FromQuery[str] = "") -> Response[str]:
        """Show what a search found with how it can be narrowed down; a search that cannot be done is explained on the page."""
        try:
            asked = _asked(request, q)
            found = await _found(request, asked, cursor)
        except NotFound:
            raise
        except DomainError as error:
            return _refused(request, error, q)
        return _shown(request, asked, found, "/search")

    @get("/search/suggest")
    async def suggest(self, request: MarketRequest, q: FromQuery[str] = "") -> Response[str]:
        """Give the options of the search box for what is typed so far; the script takes them out of this page."""
        try:
            found = await service.suggest(q, viewer=actor(request))
        except DomainError:
            found = []
        return render(request, "search/suggest.html", found=found, said=SAID)

    @get("/categories/{slug:str}")
    async def category(self, request: MarketRequest, slug: FromPath[str], cursor: FromQuery[str] = "") -> Response[str]:
        """Show a category: what is below it, its products, and how they can be narrowed down. Raises: NotFound."""
        try:
            asked = _asked(request, "", category=slug)
            found = await _found(request, asked, cursor)
        except NotFound:
            raise
        except DomainError as error:
            return _refused(request, error, "")
        return _shown(request, asked, found, f"/categories/{slug}", **await _around(slug, locale=actor(request).locale))


def _asked(request: MarketRequest, q: str, *, category: str = "") -> Asked:
    given = {}
    for name in (*service.NAMES, "q", "cursor"):
        values = request.query_params.getall(name, [])
        if len(values) > 1:
            raise GivenTwice(value=name)
        if values:
            given[name] = values[0]
    if category:
        given["category"] = category
    return service.asked(q, given)


async def _found(request: MarketRequest, asked: Asked, cursor: str) -> Found:
    places = places_of(request, service.place_name(asked), tuple[int, UUID])
    return await service.find(
        asked, now=clock.now(), viewer=actor(request), currency=settings_of(request).reference_currency, limit=PAGE_SIZE, place=places.behind(cursor)
    )


def _refused(request: MarketRequest, error: DomainError, q: str) -> Response[str]:
    return render(
        request,
        "search/refused.html",
        status=error.status,
        message=word(error.message, error.params, actor(request).locale),
        search_text=q[:200].replace("\x00", ""),
    )


def _shown(request: MarketRequest, asked: Asked, found: Found, base: str, **around: Any) -> Response[str]:
    prefix = str(request.scope.get("locale_prefix", ""))
    to = _Addresses(prefix, base, asked)
    words = asked.text.split()
    return render(
        request,
        "search/results.html",
        search_text=asked.text,
        hits=found.items,
        total=found.total,
        is_exact=found.is_exact,
        boxes=[_box(one, to) for one in found.facets],
        chips=_chips(found, asked.filters, to),
        sorts=[(label, to.sorted(key), key == asked.sort) for key, label in _sorts(asked)],
        without_any=to.of(Filters(category=asked.filters.category if base != "/search" else "")),
        suggestion=found.suggestion,
        keep={"q": asked.text} | service.address(asked.filters),
        wider=[(one, f"{prefix}/search?{urlencode({'q': one})}") for one in dict.fromkeys(words) if len(words) > 1][:WIDER_MAX],
        next_cursor=places_of(request, service.place_name(asked), tuple[int, UUID]).cursor(found.next_place),
        **{"name": "", "above": [], "inside": asked.filters.category} | around,
    )


def _sorts(asked: Asked) -> list[tuple[str, str]]:
    first = _("Best match") if asked.text.strip() else _("Order of arrival")
    return [("relevance", first), ("price", _("Lowest price")), ("lead", _("Shortest lead time"))]


class _Addresses:
    """Where choices lead: the same list with one thing changed, from its first page."""

    def __init__(self, prefix: str, base: str, asked: Asked) -> None:
        self.prefix, self.base, self.asked = prefix, base, asked

    def of(self, filters: Filters, sort: str = "") -> str:
        """Give the address of this list with other choices. A category's own page bears it in its path."""
        pairs = service.address(filters, sort=self.asked.sort) | ({"sort": sort} if sort else {})
        base = self.base
        if base != "/search":
            category = pairs.pop("category", "")
            base = f"/categories/{category}" if category else "/search"
        query = urlencode(({"q": self.asked.text} if self.asked.text else {}) | pairs, safe=",:;")
        return f"{self.prefix}{base}{'?' if query else ''}{query}"

    def toggled(self, facet: Facet, value: str) -> str:
        """Give the address with a value more, or less where it is chosen."""
        return self.of(service.toggled(self.asked.filters, facet.name, value, key=facet.key))

    def sorted(self, key: str) -> str:
        """Give the address in another order."""
        address = self.of(self.asked.filters, sort=key)
        return address.replace("?sort=relevance", "").replace("&sort=relevance", "")


def _box(facet: Facet, to: _Addresses) -> Box:
    links = [Link(one.label, to.toggled(facet, one.value), one.products, one.is_chosen, one.depth) for one in facet.choices]
    if facet.name == "category":
        links = [one if not one.is_chosen else one._replace(path=to.of(to.asked.filters)) for one in links]
    far = [one for one in links[SHOWN:] if not one.is_chosen] if len(links) > SHOWN + 1 else []
    return Box(f"f-{facet.key or facet.name}", facet.label, facet.unit, [one for one in links if one not in far], far)


def _chips(found: Found, filters: Filters, to: _Addresses) -> list[Chip]:
    """Give what is chosen, each with the list without it; a category's own page is no choice."""
    chips = [
        Chip(facet.label, f"{one.label} {facet.unit}".rstrip(), to.toggled(facet, one.value))
        for facet in found.facets
        for one in facet.choices
        if one.is_chosen and not (facet.name == "category" and to.base != "/search")
    ]
    if filters.category == search.UNSORTED and to.base == "/search":
        chips.append(Chip(_("Category"), _("Not sorted into a category yet"), to.of(service.toggled(filters, "category", filters.category))))
    return chips


async def _around(slug: str, *, locale: str) -> dict[str, Any]:
    """Give a category's name and ancestors, named for the reader."""
    if slug == search.UNSORTED:
        return {"name": _("Not sorted into a category yet"), "above": []}
    tree = {one.id: one for one in await taxonomy.tree()}
    chosen = await taxonomy.category_by_slug(slug)
    return {"name": chosen.name(locale), "above": [(tree[one].name(locale), f"/categories/{tree[one].slug}") for one in chosen.path[:-1]]}


PAGES = (FindPages,)
POLICIES = (
    Policy("GET /search", ("anyone",)),
    Policy("GET /search/suggest", ("anyone",)),
    Policy("GET /categories/{slug:str}", ("anyone",), sample="category"),
)
