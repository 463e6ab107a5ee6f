"""Owns the operator's pages of the category tree: the tree with its counts, one category, and changing, adding and moving them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from marketplace.catalogue.taxonomy import service
from marketplace.catalogue.taxonomy.rules import NO_ENGLISH
from marketplace.catalogue.taxonomy.schemas import Category, CategoryChange, CategoryForm, CategoryIn, CategoryMove, MoveForm
from marketplace.kernel import clock
from marketplace.kernel.http.forms import Fields, acted, told, told_rows
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import LOCALES, lazy
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.package import Nav, Policy

if TYPE_CHECKING:
    from marketplace.kernel.errors import DomainError

PLACE: Final = "/operator/categories"
# A larger tree shows its first levels, and each branch by itself.
ROWS_MAX: Final = 300


class CategoryPages(Controller):
    """The category tree."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def tree(self, request: MarketRequest) -> Response[Any]:
        """Show the tree, or one branch of it, with the number of products, and ask for a new category."""
        return await _tree_page(request)

    @post("/")
    async def add(self, request: MarketRequest) -> Response[Any]:
        """Create the category that was typed."""

        async def work() -> str:
            sent = await form(request, CategoryForm)
            new = CategoryIn(
                slug=sent.slug, names=_names(sent), parent_id=sent.parent_id, hs_prefix=sent.hs_prefix, typical_weight_grams=sent.typical_weight_grams
            )  # fmt: skip
            made = await service.add_category(new, actor=actor(request), now=clock.now())
            return f"{PLACE}/{made.id}?stored=new"

        async def refused(error: DomainError) -> Response[Any]:
            return await _tree_page(request, error=error)

        return await acted(request, work, refused=refused)

    @get("/{category_id:uuid}")
    async def category(self, request: MarketRequest, category_id: FromPath[UUID]) -> Response[Any]:
        """Show one category: names, what stands in for its products, where it stands and what stands below it. Raises: NotFound."""
        return await _category_page(request, category_id)

    @post("/{category_id:uuid}")
    async def change(self, request: MarketRequest, category_id: FromPath[UUID]) -> Response[Any]:
        """Write names, customs code and typical weight. Raises: NotFound."""

        async def work() -> str:
            sent = await form(request, CategoryForm)
            change = CategoryChange(
                names=_names(sent), version=sent.version, hs_prefix=sent.hs_prefix, typical_weight_grams=sent.typical_weight_grams
            )
            await service.change_category(category_id, change, actor=actor(request), now=clock.now())
            return f"{PLACE}/{category_id}?stored=category"

        async def refused(error: DomainError) -> Response[Any]:
            return await _category_page(request, category_id, error=error)

        return await acted(request, work, refused=refused)

    @post("/{category_id:uuid}/move")
    async def move(self, request: MarketRequest, category_id: FromPath[UUID]) -> Response[Any]:
        """Put the category with all below it under another, or at another place among its siblings. Raises: NotFound."""

        async def work() -> str:
            sent = await form(request, MoveForm)
            move = CategoryMove(version=sent.version, parent_id=sent.parent_id, place=sent.place)
            await service.move_category(category_id, move, actor=actor(request), now=clock.now())
            return f"{PLACE}/{category_id}?stored=moved"

        async def refused(error: DomainError) -> Response[Any]:
            return await _category_page(request, category_id, error=error)

        return await acted(request, work, refused=refused)


def _names(sent: CategoryForm) -> dict[str, str]:
    given = {"en": sent.name_en, "vi": sent.name_vi, "ar": sent.name_ar}
    return {locale: name for locale, name in given.items() if name}


async def _faults(error: DomainError | None, request: MarketRequest) -> Fields:
    if error is None:
        return Fields()
    if not error.errors:
        return told(error, request)
    # The shape is read before the names are looked at; whoever fills the form in again wants to know both at once.
    sent = await form_values(request)
    blank = {"name_en": _(NO_ENGLISH)} if "name_en" in sent and not sent["name_en"].strip() else {}
    return Fields(blank | {name.replace("names/", "name_"): words for name, words in told_rows(error, request).items()})


def _paths(tree: list[Category], locale: str) -> dict[UUID, str]:
    by_id = {one.id: one for one in tree}
    return {one.id: " \u203a ".join(by_id[step].name(locale) for step in one.path) for one in tree}


async def _tree_page(request: MarketRequest, *, error: DomainError | None = None) -> Response[Any]:
    locale: str = request.scope["locale"]  # type: ignore[typeddict-item]
    tree, counts = await service.tree(), await service.product_counts()
    by_slug = {one.slug: one for one in tree}
    under = by_slug.get(request.query_params.get("under") or "")
    shown = service.ordered(tree, under)
    depth = max((len(one.path) for one in shown), default=0)
    while len(shown) > ROWS_MAX and depth > 1:
        depth -= 1
        shown = [one for one in shown if len(one.path) <= depth or (under is not None and one.id == under.id)]
    parents = {one.parent_id for one in tree}
    return render(
        request,
        "taxonomy/tree.html",
        rows=[(one, len(one.path) - 1 - (len(under.path) - 1 if under else 0), counts.get(one.id, 0), one.id in parents) for one in shown[:ROWS_MAX]],
        total=len(tree),
        unsorted=counts.get(None, 0),
        under=under,
        may="admin" in actor(request).roles,
        parents=[("", ""), *_paths(tree, locale).items()],
        values=Fields(await form_values(request) if error is not None else {"parent_id": str(under.id) if under else ""}),
        errors=await _faults(error, request),
        status=200 if error is None else error.status,
    )


async def _category_page(request: MarketRequest, category_id: UUID, *, error: DomainError | None = None) -> Response[Any]:
    locale: str = request.scope["locale"]  # type: ignore[typeddict-item]
    kept = await service.kept_category(category_id, actor=actor(request))
    tree = await service.fresh_tree()
    counts = await service.product_counts()
    by_id = {one.id: one for one in tree}
    category = by_id[category_id]
    paths = _paths(tree, locale)
    siblings = [one for one in tree if one.parent_id == category.parent_id]
    stored = {f"name_{one}": kept.names.get(one, "") for one in LOCALES} | {
        "hs_prefix": kept.hs_prefix or "", "typical_weight_grams": "" if kept.typical_weight_grams is None else str(kept.typical_weight_grams),
    }  # fmt: skip
    return render(
        request,
        "taxonomy/category.html",
        category=category,
        kept=kept,
        may="admin" in actor(request).roles,
        above=[(by_id[one].name(locale), f"{PLACE}/{one}") for one in category.path[:-1]],
        products=counts.get(category_id, 0),
        children=[(one, counts.get(one.id, 0)) for one in tree if one.parent_id == category_id],
        parents=[("", ""), *((one.id, paths[one.id]) for one in tree if category_id not in one.path)],
        siblings=[one for one in siblings if one.id != category_id],
        place=[one.id for one in siblings].index(category_id),
        # A refused move says nothing of the names, which then stand as they are stored.
        values=Fields(stored | await form_values(request) if error is not None else stored),
        errors=await _faults(error, request),
        status=200 if error is None else error.status,
    )


PAGES: tuple[Any, ...] = (CategoryPages,)
KEEPER = ("operator",)
POLICIES = (
    Policy(f"GET {PLACE}", KEEPER),
    Policy(f"POST {PLACE}", ("operator:admin",), acts=True),
    Policy(f"GET {PLACE}/{{category_id:uuid}}", KEEPER, sample="category_id"),
    Policy(f"POST {PLACE}/{{category_id:uuid}}", ("operator:admin",), sample="category_id", acts=True),
    Policy(f"POST {PLACE}/{{category_id:uuid}}/move", ("operator:admin",), sample="category_id", acts=True),
)
NAV = (Nav(lazy("Categories"), PLACE, ("operator",), 50, group="catalogue"),)
