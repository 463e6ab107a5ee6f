"""Owns the operator's pages of what is unsorted, of correcting many products at once, and of why a product stands where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from marketplace.catalogue.corrections import service
from marketplace.catalogue.corrections.pages_words import category_pairs, deciders
from marketplace.catalogue.corrections.schemas import CorrectForm, CorrectIn, CorrectionIn, RunForm, UndoForm, UndoIn, Wanted
from marketplace.catalogue.sorting import service as sorting
from marketplace.catalogue.sorting.schemas import Decider
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel import clock
from marketplace.kernel.cursors import BadCursor
from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.http.caller import places_of
from marketplace.kernel.http.forms import Fields, acted, told, typed, whole
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketplace.kernel.errors import DomainError

PLACE = "/operator/sorting"
PAGE_SIZE, BACK_MAX = 50, 2000
# Of the list's own address, what the list is shown with again; its page is not, since what was placed may have left it.
KEPT = frozenset({"q", "category", "type", "brand", "by"})
By = Annotated[Literal["type", "brand"], QueryParameter()]
ByWhom = Annotated[Decider | Literal[""], QueryParameter()]
NONE_CHOSEN = lazy("Choose at least one product.")
NO_CATEGORY = lazy("Choose the category.")


class SortingPages(Controller):
    """What is unsorted, and correcting."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def groups(self, request: MarketRequest, by: By = "type") -> Response[str]:
        """Show what is unsorted in groups, most first, and how far the walk through all products is."""
        who = actor(request)
        groups, unsorted = await service.unsorted_groups(by, actor=who)
        runs = await sorting.runs(actor=who)
        return render(
            request, "sorting/groups.html", groups=groups, unsorted=unsorted, by=by, run=runs[0] if runs else None, may="admin" in who.roles,
            proposed=len(await service.proposed_rules(actor=who)),
        )  # fmt: skip

    @post("/runs")
    async def run(self, request: MarketRequest) -> Response[Any]:
        """Let all products be sorted anew."""

        async def work() -> str:
            await form(request, RunForm)
            await sorting.ask_run(actor=actor(request), now=clock.now())
            return PLACE

        return await acted(request, work, refused=_raised)

    @get("/products")
    async def products(self, request: MarketRequest, q: FromQuery[str] = "", by: ByWhom = "", cursor: FromQuery[str] = "") -> Response[str]:
        """List products to correct. Raises: BadCursor."""
        asked = {name: request.query_params.get(name) or "" for name in ("category", "type", "brand")}
        said = {name: whole(request.query_params.get(name) or "") for name in ("done", "back", "left", "gone")}
        return await _list_page(request, await _wanted({**asked, "q": q, "by": by}), cursor=cursor, said=said)

    @post("/products")
    async def correct(self, request: MarketRequest) -> Response[Any]:
        """Place the products that were chosen."""

        async def work() -> str:
            sent = await form(request, CorrectForm)
            outcome = await service.correct(_as_sent(sent), actor=actor(request), now=clock.now())
            kept = [(name, value) for name, value in parse_qsl(sent.back) if name in KEPT]
            told_of = [("done", outcome.corrected), ("left", len(outcome.moved)), ("gone", len(outcome.gone))]
            return f"{PLACE}/products?{urlencode([*kept, *told_of])}"

        async def refused(error: DomainError) -> Response[Any]:
            return await _same_list(request, error)

        return await acted(request, work, refused=refused)

    @post("/undo")
    async def undo(self, request: MarketRequest) -> Response[Any]:
        """Take the last step back."""

        async def work() -> str:
            sent = await form(request, UndoForm)
            outcome = await service.undo(UndoIn(sent.step_id), actor=actor(request), now=clock.now())
            kept = [(name, value) for name, value in parse_qsl(sent.back) if name in KEPT]
            return f"{PLACE}/products?{urlencode([*kept, ('back', outcome.corrected), ('left', len(outcome.moved))])}"

        async def refused(error: DomainError) -> Response[Any]:
            return await _same_list(request, error)

        return await acted(request, work, refused=refused)

    @get("/products/{product_id:uuid}")
    async def why(self, request: MarketRequest, product_id: FromPath[UUID]) -> Response[str]:
        """Show why a product stands where it stands. Raises: NotFound."""
        who, tree = actor(request), await taxonomy.tree()
        return render(
            request, "sorting/why.html", why=await sorting.why(product_id, actor=who, locale=who.locale), categories=category_pairs(tree, locale=who.locale),
            names={one.id: one.name(who.locale) for one in tree}, history=await service.history(product_id, actor=who), may="admin" in who.roles,
            deciders=deciders(),
        )  # fmt: skip


def _clean(text: str) -> str:
    return text.strip().replace("\x00", "")


def _as_sent(sent: CorrectForm) -> CorrectIn:
    """Read what was ticked: each value is the product's id and the category in which it was seen, "" for none."""
    if not sent.chosen:
        raise InvalidInput(errors=(FieldError("/chosen", "none-chosen", NONE_CHOSEN),))
    if sent.act == "place" and sent.category_id is None:
        raise InvalidInput(errors=(FieldError("/category_id", "blank", NO_CATEGORY),))
    items = []
    for value in sent.chosen:
        product, _, seen = value.partition(":")
        try:
            items.append(
                CorrectionIn(
                    product_id=UUID(product),
                    category_id=sent.category_id if sent.act == "place" else None,
                    seen_category_id=UUID(seen) if seen else None,
                )
            )
        except ValueError:
            raise InvalidInput(errors=(FieldError("/chosen", "none-chosen", NONE_CHOSEN),)) from None
    return CorrectIn(items)


async def _wanted(asked: Mapping[str, str]) -> Wanted:
    """Read what a list was asked for from its address; what is not known there asks for nothing."""
    slug, by = asked.get("category", ""), asked.get("by", "")
    category_id = next((one.id for one in await taxonomy.tree() if one.slug == slug), None)
    words, brand = (_clean(asked.get(name, ""))[:200] for name in ("type", "brand"))
    decided_by: Decider | Literal[""] = by if by in deciders() else ""  # type: ignore[assignment]  # the keys are those of Decider
    return Wanted(text=_clean(asked.get("q", ""))[:80], category_id=category_id, type=words, brand=brand, decided_by=decided_by)


async def _same_list(request: MarketRequest, error: DomainError) -> Response[Any]:
    """Show the list that was ticked again, its filter and page too, with what is wrong."""
    asked = dict(parse_qsl((await form_values(request)).get("back", "")[:BACK_MAX]))
    try:
        return await _list_page(request, await _wanted(asked), cursor=asked.get("cursor", ""), error=error)
    except BadCursor:
        return await _list_page(request, await _wanted(asked), error=error)


async def _list_page(
    request: MarketRequest, wanted: Wanted, *, cursor: str = "", said: Mapping[str, int | None] | None = None, error: DomainError | None = None
) -> Response[Any]:
    who, tree = actor(request), await taxonomy.tree()
    places = places_of(request, f"sorting products page {wanted}", tuple[UUID])
    items, following = await service.listed(wanted, after=places.behind(cursor), limit=PAGE_SIZE, actor=who)
    slugs = {one.id: one.slug for one in tree}
    return render(
        request, "sorting/products.html", products=items, next_cursor=places.cursor(following), wanted=wanted, names={one.id: one.name(who.locale) for one in tree},
        categories=category_pairs(tree, locale=who.locale), slugs=[(slugs[UUID(one)], name) for one, name in category_pairs(tree, locale=who.locale)],
        category=slugs.get(wanted.category_id, "") if wanted.category_id else "", deciders=deciders(), step=await service.last_step(actor=who),
        said=Fields(said or {}), may="admin" in who.roles, errors=Fields() if error is None else told(error, request), back=str(request.url.query) if error is None else (await form_values(request)).get("back", "")[:BACK_MAX],
        values=Fields(await form_values(request) if error is not None else {}), ticked=set(await typed(request, "chosen")) if error is not None else set(),
        status=200 if error is None else error.status,
    )  # fmt: skip


async def _raised(error: DomainError) -> Response[Any]:
    raise error


PAGES: tuple[Any, ...] = (SortingPages,)
POLICIES = (
    Policy(f"GET {PLACE}", ("operator",)),
    Policy(f"POST {PLACE}/runs", ("operator:admin",), acts=True),
    Policy(f"GET {PLACE}/products", ("operator",)),
    Policy(f"POST {PLACE}/products", ("operator:admin",), acts=True),
    Policy(f"POST {PLACE}/undo", ("operator:admin",), acts=True),
    Policy(f"GET {PLACE}/products/{{product_id:uuid}}", ("operator",), sample="product"),
)
NAV = (Nav(lazy("Sorting"), PLACE, ("operator",), 24, service.waiting, group="catalogue"),)
