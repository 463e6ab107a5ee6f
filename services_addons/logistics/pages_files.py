"""Owns the pages on which a supplier takes a freight table from a file, and says what goes on pallets; and the operator's look at tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once_form
from marketplace.kernel.http.forms import sent_text, typed_text
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy
from services_addons.logistics import pages_words as words
from services_addons.logistics import service
from services_addons.logistics.schemas import FreightFileIn
from services_addons.logistics.schemas_typed import FileForm, PackingForm

if TYPE_CHECKING:
    from marketplace.kernel.errors import DomainError

PLACE = "/supplier/freight"


class FreightFilePages(Controller):
    """Tables as files."""

    path = f"{PLACE}/file"
    include_in_schema = False

    @get("/")
    async def ask(self, request: MarketRequest) -> Response[str]:
        """Show where a table's file goes."""
        return await _file_page(request, {})

    @post("/", opt={"takes_files": True})
    async def take(self, request: MarketRequest) -> Response[Any]:
        """Take the file that was chosen or pasted, all or nothing."""

        async def work() -> str:
            sent = await form(request, FileForm)
            text = await sent_text(request)
            file = FreightFileIn(text=text, decimal=sent.decimal, valid_from=sent.valid_from, table_id=sent.table_id)
            return f"{PLACE}/{(await service.take_file(file, actor=actor(request), now=clock.now())).id}"

        async def refused(error: DomainError) -> Response[Any]:
            return await _file_page(request, await typed_text(request), error=error)

        return await words.acted(once_form, request, work, refused=refused)


async def _file_page(request: MarketRequest, values: dict[str, str], *, error: DomainError | None = None) -> Response[Any]:
    who, today = actor(request), clock.now().date()
    tables = [table for table in await service.my_freight_tables(actor=who) if not service.is_over(table, today)]
    return render(
        request,
        "logistics/file.html",
        values=values,
        tables=[(str(table.id), f"{table.name} ({table.currency})") for table in tables],
        errors={} if error is None else words.cells(error, request),
        status=200 if error is None else error.status,
    )


class PackingPages(Controller):
    """What goes on pallets."""

    path = f"{PLACE}/pallets"
    include_in_schema = False

    @get("/")
    async def packings(self, request: MarketRequest) -> Response[str]:
        """List what is known, and ask for more."""
        return await _packing_page(request, {})

    @post("/")
    async def store(self, request: MarketRequest) -> Response[Any]:
        """Store how many of a product go on a pallet."""

        async def work() -> str:
            sent = await form(request, PackingForm)
            await service.set_packing_by_sku(sent, actor=actor(request), now=clock.now())
            return f"{PLACE}/pallets"

        async def refused(error: DomainError) -> Response[Any]:
            return await _packing_page(request, await form_values(request), error=error)

        return await words.acted(once_form, request, work, refused=refused)


async def _packing_page(request: MarketRequest, values: dict[str, str], *, error: DomainError | None = None) -> Response[Any]:
    who = actor(request)
    return render(
        request,
        "logistics/pallets.html",
        packings=await service.my_packings(actor=who),
        values=values,
        is_keeper=service.may_keep(who),
        errors={} if error is None else words.cells(error, request),
        status=200 if error is None else error.status,
    )


class OperatorFreightPages(Controller):
    """Every supplier's tables, for the operator."""

    path = "/operator/freight"
    include_in_schema = False

    @get("/")
    async def tables(self, request: MarketRequest, q: FromQuery[str] = "") -> Response[str]:
        """List the tables that count, by supplier, and the suppliers without one."""
        text = q.strip()[:80].replace("\x00", "")
        found = await service.freight_of_market(text, actor=actor(request), now=clock.now())
        return render(request, "logistics/market.html", rows=found, text=text)

    @get("/{table_id:uuid}")
    async def table(self, request: MarketRequest, table_id: FromPath[UUID]) -> Response[str]:
        """Show one version of any supplier's table. Raises: NotFound."""
        today = clock.now().date()
        table = await service.any_freight_table(table_id, actor=actor(request))
        return render(
            request,
            "logistics/table.html",
            table=table,
            today=today,
            state=words.state_of(table, today),
            bounds=service.bound_columns(table),
            amounts={zone.id: {rate.up_to: rate.amount_minor for rate in zone.rates} for zone in table.zones},
            curves=service.curves(table),
            versions=[],
            errors={},
            place="/operator/freight",
            is_keeper=False,
            is_open=False,
            measure=words.Measure(table),
        )


PAGES: tuple[Any, ...] = (FreightFilePages, PackingPages, OperatorFreightPages)
KEEPERS = ("supplier:catalogue", "supplier:sales", "supplier:fulfilment")
POLICIES = (
    Policy("GET /supplier/freight/file", KEEPERS),
    Policy("POST /supplier/freight/file", KEEPERS, acts=True),
    Policy("GET /supplier/freight/pallets", ("supplier",)),
    Policy("POST /supplier/freight/pallets", KEEPERS, acts=True),
    Policy("GET /operator/freight", ("operator",)),
    Policy("GET /operator/freight/{table_id:uuid}", ("operator",), sample="freight_table"),
)
NAV = (Nav(lazy("Freight"), "/operator/freight", ("operator",), 60),)
