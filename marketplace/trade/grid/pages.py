"""Owns the page of the price grid: one table that is a form, edited in place, which works without the script that makes it quick."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter, SkipValidation

from marketplace.catalogue.products import service as products
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.units import service as units
from marketplace.kernel import clock, countries, formatting, wording
from marketplace.kernel.errors import DomainError, FieldError, InvalidInput
from marketplace.kernel.http.acting import once_form
from marketplace.kernel.http.caller import places_of
from marketplace.kernel.http.forms import NOT_OF_THE_FORM, Fields
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form_pairs
from marketplace.kernel.i18n import current_locale, lazy
from marketplace.kernel.package import Nav, Policy
from marketplace.trade.grid import pages_rows, service
from marketplace.trade.grid.schemas import Bulk, Edit, GridEdit, GridFilter, PreviewOut, RowOut, SavedOut, Show, Sort, TypedRow
from marketplace.trade.standing.schemas import Ask
from vendors.sites import service as sites

PAGE_SIZE = 200
FIELDS_MAX = 20_000
_QUANTITY = re.compile(r"[0-9]{1,6}", re.ASCII)
_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)
Text = Annotated[str, QueryParameter(max_length=80)]
Short = Annotated[str, QueryParameter(max_length=40)]
Shown = Annotated[Show, QueryParameter()]
Sorted = Annotated[Sort, QueryParameter()]


class Asked(NamedTuple):
    """The address as it was given: which rows, from where on, and the question for which places are told."""

    which: GridFilter
    cursor: str = ""
    quantity: str = ""
    to: str = ""
    need_by: str = ""


def _asked(  # noqa: PLR0913 - each is a part of the address
    q: Text = "",
    category: Short = "",
    site: Short = "",
    show: Shown = "",
    sort: Sorted = "sku",
    cursor: FromQuery[str] = "",
    quantity: Short = "",
    to: Short = "",
    need_by: Short = "",
) -> Asked:
    """Read the address of the grid, the same for the page and for what is sent to it."""
    text = q.strip().replace("\x00", "")
    which = GridFilter(text=text, category_id=_id(category, "/category"), site_id=_id(site, "/site"), show=show, sort=sort, limit=PAGE_SIZE)
    return Asked(which, cursor, quantity, to, need_by)


AskedHere = NamedDependency[SkipValidation[Asked]]
ADDRESS = {"asked": Provide(_asked, sync_to_thread=False)}


class View(NamedTuple):
    """What the address asks for: which rows, from where on, for which question places are told, and what of that question was given."""

    which: GridFilter
    cursor: str
    ask: Ask
    given: dict[str, str]


class GridPages(Controller):
    """The supplier's prices and stocks in one table."""

    path = "/supplier/grid"
    include_in_schema = False
    dependencies = ADDRESS

    @get("/")
    async def grid(self, request: MarketRequest, asked: AskedHere) -> Response[str]:
        """Show a page of the grid."""
        return await _page(request, await _view(request, asked))

    @post("/")
    async def save(self, request: MarketRequest, asked: AskedHere) -> Response[Any]:
        """Save what was typed, change many selected cells at once, or tell what it would do: the button says which."""
        view = await _view(request, asked)
        pairs = await form_pairs(request)
        rows, values = service.typed_rows(pairs), dict(pairs)
        act = values.get("act", "save")
        if act == "preview":
            return await (_part(request, view, rows, values) if values.get("part") else _previewed(request, view, rows))
        if act in {"percent", "ending", "stock"}:
            return await _changed(request, view, rows, values)
        return await _saved(request, view, rows, values)

    @post("/undo")
    async def undo(self, request: MarketRequest) -> Response[Any]:
        """Take the last save back."""
        given = dict(await form_pairs(request)).get("save_id", "")

        async def work() -> str:
            await service.undo(_id(given, "/save_id"), actor=actor(request), now=clock.now())
            return "/supplier/grid?stored=undo"

        try:
            return await once_form(request, work)
        except DomainError as error:
            if error.status in NOT_OF_THE_FORM:
                raise
            return await _page(request, await _view(request, Asked(GridFilter(limit=PAGE_SIZE))), error=error)


async def _saved(request: MarketRequest, view: View, rows: list[TypedRow], values: dict[str, str]) -> Response[Any]:
    """Save the typed rows. What is refused stays typed, with its reason at its cell; in part, so do the rows that were left out."""
    found, errors = service.edits(rows, locale=current_locale())
    is_part = values.get("mode") == "partial"
    done: list[SavedOut] = []

    async def work() -> str:
        if errors and not is_part:
            raise InvalidInput(errors=tuple(errors.values()))
        if not found:
            raise InvalidInput(errors=(FieldError("/rows", "nothing-to-change", lazy("Nothing was changed yet."), {}), *errors.values()))
        edit = GridEdit(rows=[one.edit for one in found], mode="partial" if is_part else "all", confirm_large_changes="confirm" in values)
        done.append(await service.save(edit, actor=actor(request), now=clock.now()))
        return _address(view)

    try:
        answer = await once_form(request, work)
    except DomainError as error:
        if error.status in NOT_OF_THE_FORM:
            raise
        return await _page(request, view, rows=rows, error=error, messages=_messages(error, found))
    kept = {one.offer_id: one.message for one in done[0].kept} if done else {}
    if not kept and not (done and errors):
        return answer
    left = [row for row in rows if row.shown.offer_id in kept or any(name[1:].startswith(f"{row.number}.") for name in errors)]
    said = {f"r{row.number}": kept[row.shown.offer_id] for row in left if row.shown.offer_id in kept}
    said |= {name: wording.word(one.message, one.params, current_locale()) for name, one in errors.items()}
    return await _page(request, view, rows=left, messages=said)


async def _changed(request: MarketRequest, view: View, rows: list[TypedRow], values: dict[str, str]) -> Response[Any]:
    """Change the selected cells and show the page with them, unsaved."""
    bulk = Bulk(act=values["act"], percent=values.get("percent", ""), ending=values.get("ending", "95"), stock=values.get("stock", ""))
    try:
        service.apply(bulk, rows, locale=current_locale())
    except InvalidInput as error:
        return await _page(request, view, rows=rows, error=error, messages=_messages(error, []))
    return await _page(request, view, rows=rows)


def _messages(error: DomainError, found: list[Edit]) -> Fields:
    """Give {cell or field: message} in the reader's language; what is about the whole stands under ""."""
    said = Fields()
    for item in error.errors:
        name = service.cell_of(item.pointer, found) or item.pointer.strip("/").split("/")[0]
        said.setdefault("" if name in {"rows", "pick"} else name, wording.word(item.message, item.params, current_locale()))
    return said


async def _previewed(request: MarketRequest, view: View, rows: list[TypedRow]) -> Response[str]:
    """Show what the typed rows would do to the supplier's places, nothing saved; bad cells are marked and left out."""
    found, errors = service.edits(rows, locale=current_locale())
    said = {name: wording.word(one.message, one.params, current_locale()) for name, one in errors.items()}
    try:
        if not found:
            raise InvalidInput(errors=(FieldError("/rows", "nothing-to-change", lazy("Nothing was changed yet."), {}),))
        told = await service.preview([one.edit for one in found], ask=view.ask, actor=actor(request), now=clock.now())
    except DomainError as error:
        if error.status in NOT_OF_THE_FORM:
            raise
        return await _page(request, view, rows=rows, error=error, messages=_messages(error, found) | said)
    return await _page(request, view, rows=rows, messages=said, preview=told)


async def _part(request: MarketRequest, view: View, rows: list[TypedRow], values: dict[str, str]) -> Response[str]:
    """Give the preview of some rows alone, for a page that asks part by part; what the parts before have counted is added."""
    found, errors = service.edits(rows, locale=current_locale())
    if errors or not found:
        raise InvalidInput(errors=tuple(errors.values()) or (FieldError("/rows", "nothing-to-change", lazy("Nothing was changed yet."), {}),))
    told = await service.preview([one.edit for one in found], ask=view.ask, actor=actor(request), now=clock.now())
    return render(request, "grid/preview.html", preview=service.added(told, values["so_far"]) if values.get("so_far") else told)


async def _page(
    request: MarketRequest,
    view: View,
    *,
    rows: list[TypedRow] | None = None,
    error: DomainError | None = None,
    messages: dict[str, str] | None = None,
    preview: PreviewOut | None = None,
) -> Response[str]:
    who, now, locale, which = actor(request), clock.now(), current_locale(), view.which
    places = places_of(request, which.list_name(who.organisation_id), tuple[str, UUID])
    listed = await service.page(which, ask=view.ask, actor=who, now=now, after=places.behind(view.cursor))
    typed = {row.shown.offer_id: row for row in rows or ()}
    shown = await _with_typed(listed.rows, typed, request)
    said = messages or {}
    views = pages_rows.views(
        shown, overlay=pages_rows.Overlay(typed=typed, errors=said), units=await units.short_names(),
        titles=await products.titles((row.product_id for row in shown), locale=locale), places=listed.places, locale=locale,
    )  # fmt: skip
    cells, changed_rows = pages_rows.changed(views)
    return render(
        request,
        "grid/grid.html",
        status=error.status if error else 200,
        rows=views,
        which=which,
        ask=view.ask,
        preview=preview,
        country_pairs=sorted(((code, formatting.country(code)) for code in countries.countries()), key=lambda pair: pair[1]),
        query=_query(view),
        total=await service.count(which, actor=who, now=now),
        next_cursor=places.cursor(listed.following),
        categories=await _categories(request),
        site_pairs=[(str(site.id), site.name) for site in await sites.my_sites(actor=who, now=now)],
        last=await service.last_save(actor=who, now=now),
        unsaved=(cells, changed_rows),
        problem=wording.word(error.message, error.params, locale) if error else "",
        code=error.code if error else "",
        general=said.get("", ""),
        wrong=sum(len(one.wrong) for one in views),
        marked=[(name, one.row.supplier_sku, text) for one in views for name, text in one.wrong],
        may_price=service.may_price(who),
        may_count=service.may_count(who),
        values=dict(await form_pairs(request)) if request.method == "POST" else {},
        errors=said,
    )


async def _with_typed(rows: list[RowOut], typed: dict[UUID, TypedRow], request: MarketRequest) -> list[RowOut]:
    """Give a page's rows, and before them those that were typed into and no longer stand on it."""
    there = {row.offer_id for row in rows}
    missing = [offer_id for offer_id in typed if offer_id not in there]
    return [*(await service.rows_of(missing, actor=actor(request), now=clock.now()) if missing else []), *rows]


async def _categories(request: MarketRequest) -> list[tuple[str, str]]:
    found = dict(await service.categories(actor=actor(request)))
    named = [(str(one.id), one.name(current_locale())) for one in await taxonomy.tree() if one.id in found]
    return sorted(named, key=lambda pair: pair[1])


def _id(text: str, pointer: str) -> UUID | None:
    try:
        return UUID(text) if text.strip() else None
    except ValueError:
        raise InvalidInput(errors=(FieldError(pointer, "not-an-id", lazy("Give an id as this market writes it."), {}),)) from None


async def _view(request: MarketRequest, asked: Asked) -> View:
    """Read for which question (quantity, country, needed-by day) places are told; what is not given is what buyers order most."""
    quantity, to, need_by = asked.quantity, asked.to, asked.need_by
    usual = await service.usual_ask(actor=actor(request), now=clock.now())
    errors = []
    if quantity.strip() and not (_QUANTITY.fullmatch(quantity.strip()) and int(quantity) > 0):
        errors.append(FieldError("/quantity", "not-a-whole-number", lazy("Give a whole number in digits."), {}))
    if to and not countries.is_country(to):
        errors.append(FieldError("/to", "unknown-country", lazy("Give a country as two capital letters, such as DE."), {}))
    try:
        day = date.fromisoformat(need_by) if _DAY.fullmatch(need_by) else None
    except ValueError:
        day = None
    if need_by and (day is None or day < clock.now().date()):
        errors.append(FieldError("/need_by", "not-a-date", lazy("Give a day that is still to come."), {}))
    if errors:
        raise InvalidInput(errors=tuple(errors))
    given = {name: value for name, value in (("quantity", quantity.strip()), ("to", to), ("need_by", need_by)) if value}
    return View(asked.which, asked.cursor, Ask(quantity=int(quantity or usual.quantity), country=to or usual.country, need_by=day), given)


def _query(view: View) -> dict[str, str]:
    which = view.which
    given = {"q": which.text, "category": str(which.category_id or ""), "site": str(which.site_id or ""), "show": which.show, "cursor": view.cursor}
    return {name: value for name, value in (given | {"sort": "" if which.sort == "sku" else which.sort}).items() if value} | view.given


def _address(view: View) -> str:
    asked = urlencode(_query(view))
    return f"/supplier/grid?{asked}" if asked else "/supplier/grid"


PAGES: tuple[Any, ...] = (GridPages,)
EDITORS = ("supplier:catalogue", "supplier:sales", "supplier:fulfilment")
POLICIES = (
    Policy("GET /supplier/grid", ("supplier",)),
    Policy("POST /supplier/grid", EDITORS, acts=True, fields_max=FIELDS_MAX),
    Policy("POST /supplier/grid/undo", EDITORS, acts=True),
)
NAV = (Nav(lazy("Price grid"), "/supplier/grid", ("supplier",), 31),)
