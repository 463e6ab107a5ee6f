"""Owns the API of the address book."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from buyers.addresses import service
from buyers.addresses.schemas import AddressChange, AddressInput, AddressOut, Archived
from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import Limit, settings_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy


class AddressController(Controller):
    """The address book of the acting company."""

    path = "/api/v1/addresses"
    tags = ("Addresses",)

    @get("/")
    async def addresses(self, request: MarketRequest, limit: Limit = 50, cursor: FromQuery[str | None] = None) -> Page[AddressOut]:
        """List the addresses by label, archived ones left out. Raises: BadCursor."""
        return Page(*await service.page(cursor, limit=limit, secret=settings_of(request).secret_key, actor=actor(request)))

    @post("/", status_code=201)
    async def create(self, request: MarketRequest, data: JSONBody[AddressInput]) -> Response[AddressOut]:
        """Add an address; the first one becomes the default. Raises: InvalidInput, NotFound for the unit, TooManyAddresses."""
        return await once(request, lambda: service.create_address(data, actor=actor(request), now=clock.now()), status=201)

    @get("/{address_id:uuid}")
    async def address(self, request: MarketRequest, address_id: FromPath[UUID]) -> AddressOut:
        """Read an address, archived or not. Raises: NotFound."""
        return await service.address(address_id, actor=actor(request))

    @put("/{address_id:uuid}")
    async def change(self, request: MarketRequest, address_id: FromPath[UUID], data: JSONBody[AddressChange]) -> Response[AddressOut]:
        """Change an address; past orders keep their copy. Raises: NotFound, InvalidInput, AddressArchived, VersionConflict."""
        return await once(request, lambda: service.change_address(address_id, data, actor=actor(request), now=clock.now()))

    @post("/{address_id:uuid}/archive", status_code=200)
    async def archive(self, request: MarketRequest, address_id: FromPath[UUID], data: JSONBody[Archived]) -> Response[AddressOut]:
        """Put an address away. Raises: NotFound, AddressArchived, VersionConflict."""
        return await once(request, lambda: service.archive_address(address_id, version=data.version, actor=actor(request), now=clock.now()))


ROUTERS: tuple[Any, ...] = (AddressController,)
POLICIES = (
    Policy("GET /api/v1/addresses", ("buyer",), scope="addresses:read"),
    Policy("POST /api/v1/addresses", ("buyer:purchaser",), scope="addresses:write", acts=True),
    Policy("GET /api/v1/addresses/{address_id:uuid}", ("buyer",), scope="addresses:read", sample="address"),
    Policy("PUT /api/v1/addresses/{address_id:uuid}", ("buyer:purchaser",), scope="addresses:write", sample="address", keyed=True),
    Policy("POST /api/v1/addresses/{address_id:uuid}/archive", ("buyer:purchaser",), scope="addresses:write", sample="address", acts=True),
)
