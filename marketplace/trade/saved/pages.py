"""Owns the pages of saved comparisons: the list, the form that saves, one opened with what has changed, and its files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from marketplace.catalogue.products import service as products
from marketplace.catalogue.units import service as units
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, FieldError, InvalidInput, NotFound
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import settings_of
from marketplace.kernel.http.forms import Fields, acted, told
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import current_locale, direction, lazy
from marketplace.kernel.package import Nav, Policy
from marketplace.kernel.spreadsheet import XLSX_TYPE
from marketplace.kernel.table_files import attachment
from marketplace.trade.saved import rules_sheet, rules_workbook, service
from marketplace.trade.saved.pages_words import Words, sheet_words
from marketplace.trade.saved.schemas import ChangeIn, SaveIn, View

if TYPE_CHECKING:
    from marketplace.trade.saved.rules_sheet import Sheet

PLACE = "/comparisons"
LIST_LENGTH = 50
Seq = Annotated[int | None, QueryParameter(ge=1, le=50)]


class SaveForm(msgspec.Struct, kw_only=True):
    """The form that saves: the name, a note, and the terms that it was opened with."""

    product_id: UUID
    name: str = ""
    note: str = ""
    quantity: str = ""
    country: str = ""
    postal_code: str = ""
    need_by: str = ""
    currency: str = ""
    weights: str = ""


class ChangeForm(msgspec.Struct, kw_only=True):
    """The form that renames, or the button that archives."""

    name: str | None = None
    note: str | None = None
    archive: str = ""
    version: int = 0


def _short(data: SaveForm) -> SaveIn:
    """Take the form as the API takes it. Raises: InvalidInput for a text that is far too long."""
    try:
        return msgspec.convert(msgspec.to_builtins(data), SaveIn)
    except msgspec.ValidationError as error:
        pointer = "/" + str(error).rpartition("$.")[2].rstrip("`") if "$." in str(error) else ""
        raise InvalidInput(errors=(FieldError(pointer, "too-long", lazy("This is too long.")),)) from None


class SavedPages(Controller):
    """What the company has kept."""

    include_in_schema = False

    @get("/comparisons")
    async def comparisons(self, request: MarketRequest, show: FromQuery[View] = "active", cursor: FromQuery[str | None] = None) -> Response[Any]:
        """List what is kept, the last changed first. Raises: BadCursor."""
        found = await service.page(cursor, state=show, limit=LIST_LENGTH, secret=settings_of(request).secret_key, actor=actor(request))
        titles = await products.titles([one.product_id for one in found[0]], locale=current_locale())
        return render(request, "saved/list.html", page=Page(*found), titles=titles, show=show, words=Words(await units.short_names()))

    @get("/products/{product_id:uuid}/save")
    async def new(self, request: MarketRequest, product_id: FromPath[UUID]) -> Response[Any]:
        """Ask for a name for the comparison at the terms of the address. Raises: NotFound."""
        values = {name: value for name, value in request.query_params.items() if isinstance(value, str)}
        return await _form(request, {**values, "product_id": str(product_id)})

    @post("/comparisons")
    async def save(self, request: MarketRequest) -> Response[Any]:
        """Keep it, and go to it."""
        who = actor(request)

        async def work() -> str:
            data = await form(request, SaveForm)
            saved = await service.save(_short(data), actor=who, now=clock.now())
            return f"{PLACE}/{saved.id}"

        return await acted(request, work, refused=partial(_save_again, request))

    @get("/comparisons/{comparison_id:uuid}")
    async def comparison(self, request: MarketRequest, comparison_id: FromPath[UUID], snapshot: Seq = None) -> Response[Any]:
        """Show a state as it was, and what has changed since. Raises: NotFound."""
        return await _opened(request, comparison_id, seq=snapshot)

    @post("/comparisons/{comparison_id:uuid}")
    async def change(self, request: MarketRequest, comparison_id: FromPath[UUID]) -> Response[Any]:
        """Rename it, or put it into the archive or take it out. Raises: NotFound."""
        who = actor(request)

        async def work() -> str:
            data = await form(request, ChangeForm)
            archived = None if data.archive not in {"yes", "no"} else data.archive == "yes"
            change = ChangeIn(name=data.name, note=data.note, is_archived=archived)
            await service.change(comparison_id, change, version=data.version, actor=who, now=clock.now())
            return f"{PLACE}/{comparison_id}"

        return await acted(request, work, refused=lambda error: _opened(request, comparison_id, error=error))

    @post("/comparisons/{comparison_id:uuid}/snapshots")
    async def keep(self, request: MarketRequest, comparison_id: FromPath[UUID]) -> Response[Any]:
        """Ask again and keep the answer beside the earlier ones. Raises: NotFound."""
        who = actor(request)

        async def work() -> str:
            await service.keep_state(comparison_id, actor=who, now=clock.now())
            return f"{PLACE}/{comparison_id}"

        return await acted(request, work, refused=lambda error: _opened(request, comparison_id, error=error))


class SavedFiles(Controller):
    """Comparisons as files."""

    include_in_schema = False

    @get("/comparisons/{comparison_id:uuid}/comparison.csv")
    async def csv(self, request: MarketRequest, comparison_id: FromPath[UUID], snapshot: Seq = None) -> Response[str]:
        """Give a state as CSV with sources. Raises: NotFound."""
        sheet = await service.sheet(comparison_id, seq=snapshot, actor=actor(request))
        return Response(rules_sheet.csv_text(sheet), media_type="text/csv", headers=attachment(f"comparison-{comparison_id}.csv"))

    @get("/comparisons/{comparison_id:uuid}/comparison.xlsx")
    async def xlsx(self, request: MarketRequest, comparison_id: FromPath[UUID], snapshot: Seq = None) -> Response[bytes]:
        """Give a state as a workbook with sources. Raises: NotFound."""
        return await _workbook(await service.sheet(comparison_id, seq=snapshot, actor=actor(request)), f"comparison-{comparison_id}.xlsx")

    @get("/products/{product_id:uuid}/comparison.xlsx")
    async def present(self, request: MarketRequest, product_id: FromPath[UUID]) -> Response[bytes]:
        """Give the comparison of this moment as a workbook, at the same terms as the page, without keeping it. Raises: as the comparison."""
        return await _workbook(await _present(request, product_id), f"comparison-{product_id}.xlsx")

    @get("/products/{product_id:uuid}/comparison.csv")
    async def present_csv(self, request: MarketRequest, product_id: FromPath[UUID]) -> Response[str]:
        """Give the comparison of this moment as CSV with sources, at the same terms as the page. Raises: as the comparison."""
        text = rules_sheet.csv_text(await _present(request, product_id))
        return Response(text, media_type="text/csv", headers=attachment(f"comparison-{product_id}.csv"))


async def _present(request: MarketRequest, product_id: UUID) -> Sheet:
    given = {name: value for name, value in request.query_params.items() if isinstance(value, str)}
    locale: str = request.scope["locale"]  # type: ignore[typeddict-item]
    return await service.sheet_of_present(product_id, given, viewer=actor(request), locale=locale, now=clock.now())


async def _workbook(sheet: Sheet, name: str) -> Response[bytes]:
    made = rules_workbook.workbook(sheet, words=sheet_words(await units.short_names()), is_rtl=direction() == "rtl")
    return Response(made, media_type=XLSX_TYPE, headers=attachment(name))


async def _save_again(request: MarketRequest, error: DomainError) -> Response[Any]:
    return await _form(request, await form_values(request), error=error)


async def _form(request: MarketRequest, values: dict[str, str], *, error: DomainError | None = None) -> Response[Any]:
    """Show what would be kept, and ask for a name. Terms that cannot be used are named, and the page leads back to the comparison."""
    try:
        product_id = UUID(values.get("product_id", ""))
    except ValueError:
        raise NotFound from None
    given = {name: values[name] for name in service.TERMS if name in values}
    errors = Fields() if error is None else told(error, request)
    title, answer = "", None
    try:
        title, answer = await service.asked(product_id, given, actor=actor(request), now=clock.now())
    except DomainError as refused:
        # What is wrong with the terms is told by `told`, which raises what is not the form's to show.
        errors = errors or told(refused, request)
        error = error or refused
    return render(
        request, "saved/new.html", product_id=product_id, title=title, answer=answer, given=given, values=Fields(values), errors=errors, words=Words(await units.short_names()),
        status=200 if error is None else error.status,
    )  # fmt: skip


async def _opened(request: MarketRequest, comparison_id: UUID, *, seq: int | None = None, error: DomainError | None = None) -> Response[Any]:
    who = actor(request)
    errors = Fields() if error is None else told(error, request)
    found = await service.opened(comparison_id, seq=seq, actor=who, now=clock.now())
    terms = service.terms(found.answer.ask, unit_decimals=found.answer.unit_decimals)
    # In the reader's language; a product that is no longer in the catalogue goes by the title it was kept under.
    titles = await products.titles([found.comparison.product_id], locale=current_locale())
    title = titles.get(found.comparison.product_id, found.comparison.product_title)
    return render(
        request, "saved/comparison.html", opened=found, title=title, words=Words(await units.short_names()), terms=terms, errors=errors, bars=service.bars(found.answer),
        values=Fields(await form_values(request) if error else {"name": found.comparison.name, "note": found.comparison.note}),
        may_change=bool(who.roles & {"owner", "purchaser"}), status=200 if error is None else error.status,
    )  # fmt: skip


PAGES: tuple[Any, ...] = (SavedPages, SavedFiles)
POLICIES = (
    Policy("GET /comparisons", ("buyer",)),
    Policy("GET /products/{product_id:uuid}/save", ("buyer:purchaser",), "", "product"),
    Policy("POST /comparisons", ("buyer:purchaser",), acts=True),
    Policy("GET /comparisons/{comparison_id:uuid}", ("buyer",), "", "comparison"),
    Policy("POST /comparisons/{comparison_id:uuid}", ("buyer:purchaser",), "", "comparison", acts=True),
    Policy("POST /comparisons/{comparison_id:uuid}/snapshots", ("buyer:purchaser",), "", "comparison", acts=True),
    Policy("GET /comparisons/{comparison_id:uuid}/comparison.csv", ("buyer",), "", "comparison"),
    Policy("GET /comparisons/{comparison_id:uuid}/comparison.xlsx", ("buyer",), "", "comparison"),
    Policy("GET /products/{product_id:uuid}/comparison.csv", ("anyone",), "", "product"),
    Policy("GET /products/{product_id:uuid}/comparison.xlsx", ("anyone",), "", "product"),
)
NAV = (Nav(lazy("Comparisons"), PLACE, ("buyer",), 20),)
