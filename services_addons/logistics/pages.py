"""Owns the pages on which a supplier keeps its freight tables: list, grid, one version with its pictures, and trying it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from marketplace.kernel import clock, countries
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.http.acting import once_form
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_pairs
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy
from marketplace.kernel.table_files import attachment
from services_addons.logistics import pages_words as words
from services_addons.logistics import service
from services_addons.logistics.schemas_typed import AskForm, EndForm, TableForm

if TYPE_CHECKING:
    from marketplace.kernel.errors import DomainError

PLACE = "/supplier/freight"
MORE = {"zone": 3, "bound": 3, "surcharge": 2}
ZONE_LINES, SURCHARGE_LINES = 4, 2


class FreightPages(Controller):
    """What a supplier asks for freight."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def tables(self, request: MarketRequest) -> Response[str]:
        """List the tables that count, those to come and those that are over."""
        who, today = actor(request), clock.now().date()
        tables = await service.my_freight_tables(actor=who)
        return render(
            request,
            "logistics/tables.html",
            groups=words.groups(tables, today=today),
            is_keeper=service.may_keep(who),
            today=today,
        )

    @get("/new")
    async def new(self, request: MarketRequest) -> Response[str]:
        """Show the grid of a new table."""
        grid = service.blank_grid(currency=actor(request).currency, today=clock.now().date())
        return _grid_page(request, service.padded(grid, zones=ZONE_LINES, surcharges=SURCHARGE_LINES))

    @post("/")
    async def add(self, request: MarketRequest) -> Response[Any]:
        """Store the table that was typed, or show it with more lines to type into."""
        typed = words.as_typed(await form_pairs(request))
        if typed.more in MORE:
            return _grid_page(request, _with_more(typed))

        async def work() -> str:
            sent = await form(request, TableForm)
            made = await service.add_table(service.table_of_grid(service.typed_grid(sent)), actor=actor(request), now=clock.now())
            return f"{PLACE}/{made.id}"

        return await words.acted(once_form, request, work, refused=lambda error: _grid_page(request, _padded(typed), error=error))

    @get("/{table_id:uuid}")
    async def table(self, request: MarketRequest, table_id: FromPath[UUID]) -> Response[str]:
        """Show one version: zones, rates, pictures, surcharges, what it asks for a consignment, and its other versions. Raises: NotFound."""
        return await _table_page(request, table_id)

    @get("/{table_id:uuid}/edit")
    async def edit(self, request: MarketRequest, table_id: FromPath[UUID]) -> Response[str]:
        """Show the grid of a table's new version. Raises: NotFound."""
        table = await service.my_freight_table(table_id, actor=actor(request))
        grid = service.grid_of(table, today=clock.now().date())
        return _grid_page(request, service.padded(grid), table_id=table_id)

    @post("/{table_id:uuid}")
    async def revise(self, request: MarketRequest, table_id: FromPath[UUID]) -> Response[Any]:
        """Store what was typed as the table's new version, or show it with more lines to type into. Raises: NotFound."""
        typed = words.as_typed(await form_pairs(request))
        if typed.more in MORE:
            await service.my_freight_table(table_id, actor=actor(request))
            return _grid_page(request, _with_more(typed), table_id=table_id)

        async def work() -> str:
            # Whose table it is comes before what is wrong with what was typed.
            await service.my_freight_table(table_id, actor=actor(request))
            table = service.table_of_grid(service.typed_grid(await form(request, TableForm)))
            made = await service.revise_table(table_id, table, actor=actor(request), now=clock.now())
            return f"{PLACE}/{made.id}"

        return await words.acted(once_form, request, work, refused=lambda error: _grid_page(request, _padded(typed), table_id=table_id, error=error))

    @post("/{table_id:uuid}/end")
    async def end(self, request: MarketRequest, table_id: FromPath[UUID]) -> Response[Any]:
        """Let the table count no longer than to a day. Raises: NotFound."""

        async def work() -> str:
            sent = await form(request, EndForm)
            await service.end_table(table_id, last_day=sent.last_day, actor=actor(request), now=clock.now())
            return f"{PLACE}/{table_id}"

        async def refused(error: DomainError) -> Response[Any]:
            return await _table_page(request, table_id, error=error)

        return await words.acted(once_form, request, work, refused=refused)

    @get("/{table_id:uuid}/table.csv")
    async def csv(self, request: MarketRequest, table_id: FromPath[UUID]) -> Response[str]:
        """Give the table as CSV that can be taken back in. Raises: NotFound."""
        text, name = await service.table_as_csv(table_id, actor=actor(request))
        return Response(text, media_type="text/csv", headers=attachment(name))


def _padded(sent: TableForm) -> Any:
    """Give what was typed with at least as many lines to type into as a new table has."""
    grid = service.typed_grid(sent)
    return service.padded(grid, zones=max(ZONE_LINES - len(grid.zones), 1), surcharges=max(SURCHARGE_LINES - len(grid.surcharges), 1))


def _with_more(sent: TableForm) -> Any:
    more = {f"{name}s": 1 + (count if sent.more == name else 0) for name, count in MORE.items()}
    return service.padded(service.typed_grid(sent), **more)


def _grid_page(request: MarketRequest, grid: Any, *, table_id: UUID | None = None, error: DomainError | None = None) -> Response[Any]:
    return render(
        request,
        "logistics/form.html",
        grid=grid,
        table_id=table_id,
        errors={} if error is None else words.cells(error, request),
        bases=words.bases(),
        units=words.units(grid.currency),
        status=200 if error is None else error.status,
    )


async def _table_page(request: MarketRequest, table_id: UUID, *, error: DomainError | None = None) -> Response[Any]:
    who, now = actor(request), clock.now()
    table = await service.my_freight_table(table_id, actor=who)
    asked, quote, wrong = words.asked(request), None, {} if error is None else words.cells(error, request)
    if asked.country:
        quote, wrong = await _tried(request, table, asked, wrong)
    versions = [one for one in await service.my_freight_tables(actor=who) if table_id in {one.id, one.replaces_id, one.replaced_by_id}]
    return render(
        request,
        "logistics/table.html",
        table=table,
        today=now.date(),
        state=words.state_of(table, now.date()),
        bounds=service.bound_columns(table),
        amounts={zone.id: {rate.up_to: rate.amount_minor for rate in zone.rates} for zone in table.zones},
        curves=service.curves(table),
        versions=versions,
        asked=asked,
        quote=quote,
        reason=words.reason(quote.reason) if quote else "",
        countries=countries.countries(),
        errors=wrong,
        place=PLACE,
        is_keeper=service.may_keep(who),
        is_open=not service.is_over(table, now.date()),
        measure=words.Measure(table),
        status=200 if error is None else error.status,
    )


async def _tried(request: MarketRequest, table: Any, asked: AskForm, wrong: dict[str, str]) -> tuple[Any, dict[str, str]]:
    def tell() -> Any:
        return service.typed_ask(asked, table)

    sent, faults = words.tried(tell, request)
    if sent is None:
        return None, wrong | faults
    try:
        return await service.try_table(table.id, sent, actor=actor(request), now=clock.now()), wrong
    except InvalidInput as error:
        return None, wrong | words.cells(error, request)


PAGES: tuple[Any, ...] = (FreightPages,)
KEEPERS = ("supplier:catalogue", "supplier:sales", "supplier:fulfilment")
POLICIES = (
    Policy("GET /supplier/freight", ("supplier",)),
    Policy("GET /supplier/freight/new", KEEPERS),
    Policy("POST /supplier/freight", KEEPERS, acts=True),
    Policy("GET /supplier/freight/{table_id:uuid}", ("supplier",), sample="freight_table"),
    Policy("GET /supplier/freight/{table_id:uuid}/edit", KEEPERS, sample="freight_table"),
    Policy("POST /supplier/freight/{table_id:uuid}", KEEPERS, sample="freight_table", acts=True),
    Policy("POST /supplier/freight/{table_id:uuid}/end", KEEPERS, sample="freight_table", acts=True),
    Policy("GET /supplier/freight/{table_id:uuid}/table.csv", ("supplier",), sample="freight_table"),
)
NAV = (Nav(lazy("Freight"), "/supplier/freight", ("supplier",), 50),)
