"""Owns the pages of the address book."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery

from buyers.addresses import service
from buyers.addresses.schemas import AddressChange, AddressForm, AddressInput, AddressOut, Archived
from buyers.units import service as units
from marketplace.kernel import clock, countries
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import settings_of
from marketplace.kernel.http.forms import Fields, acted, told
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy

if TYPE_CHECKING:
    from marketplace.kernel.errors import DomainError

LIST_LENGTH = 50


def as_input(data: AddressForm) -> AddressInput:
    """Read the address out of its form: each line of the text field is a line of the address."""
    values = msgspec.structs.asdict(data)
    del values["version"]
    return AddressInput(**{**values, "lines": tuple(data.lines.splitlines())})


class AddressPages(Controller):
    """The address book of the acting company."""

    path = "/addresses"

    @get("/")
    async def addresses(self, request: MarketRequest, cursor: FromQuery[str | None] = None) -> Response[Any]:
        """List the addresses by label. Raises: BadCursor."""
        found = await service.page(cursor, limit=LIST_LENGTH, secret=settings_of(request).secret_key, actor=actor(request))
        return render(request, "addresses/list.html", page=Page(*found), may_change=_may_change(request))

    @get("/new")
    async def new(self, request: MarketRequest) -> Response[Any]:
        """Show the form for a new address."""
        return await _page(request, values={"country": actor(request).country})

    @post("/")
    async def create(self, request: MarketRequest) -> Response[Any]:
        """Add an address."""
        who = actor(request)

        async def work() -> str:
            data = await form(request, AddressForm)
            await service.create_address(as_input(data), actor=who, now=clock.now())
            return "/addresses"

        return await acted(request, work, refused=lambda error: _page(request, error=error))

    @get("/{address_id:uuid}")
    async def address(self, request: MarketRequest, address_id: FromPath[UUID]) -> Response[Any]:
        """Show an address and the form to change it. Raises: NotFound."""
        found = await service.address(address_id, actor=actor(request))
        values = {name: getattr(found, name) for name in AddressForm.__struct_fields__ if name != "lines"}
        return await _page(request, found, values={**values, "lines": "\n".join(found.lines)})

    @post("/{address_id:uuid}")
    async def change(self, request: MarketRequest, address_id: FromPath[UUID]) -> Response[Any]:
        """Change an address. Raises: NotFound."""
        who = actor(request)

        async def work() -> str:
            data = await form(request, AddressForm)
            change = AddressChange(**msgspec.structs.asdict(as_input(data)), version=data.version)
            await service.change_address(address_id, change, actor=who, now=clock.now())
            return "/addresses"

        return await acted(request, work, refused=partial(_again, request, address_id))

    @post("/{address_id:uuid}/archive")
    async def archive(self, request: MarketRequest, address_id: FromPath[UUID]) -> Response[Any]:
        """Put an address away. Raises: NotFound."""
        who = actor(request)

        async def work() -> str:
            data = await form(request, Archived)
            await service.archive_address(address_id, version=data.version, actor=who, now=clock.now())
            return "/addresses"

        return await acted(request, work, refused=partial(_again, request, address_id))


async def _again(request: MarketRequest, address_id: UUID, error: DomainError) -> Response[Any]:
    return await _page(request, await service.address(address_id, actor=actor(request)), error=error)


def _may_change(request: MarketRequest) -> bool:
    return bool(actor(request).roles & {"owner", "purchaser"})


async def _page(
    request: MarketRequest, address: AddressOut | None = None, *, values: dict[str, Any] | None = None, error: DomainError | None = None
) -> Response[Any]:
    return render(
        request,
        "addresses/form.html",
        address=address,
        values=Fields(values if values is not None else await form_values(request)),
        errors=Fields() if error is None else told(error, request),
        countries=countries.countries(),
        units=await units.units(actor=actor(request)),
        may_change=_may_change(request),
        status=200 if error is None else error.status,
    )


PAGES: tuple[Any, ...] = (AddressPages,)
POLICIES = (
    Policy("GET /addresses", ("buyer",)),
    Policy("GET /addresses/new", ("buyer:purchaser",)),
    Policy("POST /addresses", ("buyer:purchaser",), acts=True),
    Policy("GET /addresses/{address_id:uuid}", ("buyer",), sample="address"),
    Policy("POST /addresses/{address_id:uuid}", ("buyer:purchaser",), sample="address", acts=True),
    Policy("POST /addresses/{address_id:uuid}/archive", ("buyer:purchaser",), sample="address", acts=True),
)
NAV = (Nav(lazy("Addresses"), "/addresses", ("buyer",), 50),)
