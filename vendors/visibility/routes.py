"""Owns the JSON API of who sees a supplier's offers."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from vendors.visibility import service
from vendors.visibility.schemas import GrantIn, GrantOut, OrganisationOut, RuleIn, VisibilityOut

Name = Annotated[str, QueryParameter(max_length=200, description="The whole name or registration number; a part of one finds nothing.")]


class VisibilityController(Controller):
    """Who sees a supplier's offers, and with prices or without."""

    path = "/api/v1/visibility"
    tags = ("offers",)

    @get("/")
    async def visibility(self, request: MarketRequest) -> VisibilityOut:
        """Read your levels, and what each kind of visitor sees of each of your categories. Raises: NotFound."""
        return await service.my_visibility(actor=actor(request))

    @put("/")
    async def set_level(self, request: MarketRequest, data: JSONBody[RuleIn]) -> Response[VisibilityOut]:
        """Set or take back the level of a category with all below it, or of everything. Raises: NotFound, NoSuchCategory, VersionConflict."""
        return await once(request, lambda: service.set_level(data, actor=actor(request), now=clock.now()))

    @get("/grants")
    async def grants(self, request: MarketRequest) -> Page[GrantOut]:
        """List the companies that see what you show to your list alone, at most 1,000. Raises: NotFound."""
        return Page(await service.my_grants(actor=actor(request)))

    @get("/organisations")
    async def organisations(self, request: MarketRequest, name: Name) -> Page[OrganisationOut]:
        """Find the buying companies with exactly this name or registration number, at most five. Raises: NotFound."""
        return Page(await service.organisations_named(name, actor=actor(request)))

    @post("/grants", status_code=201)
    async def grant(self, request: MarketRequest, data: JSONBody[GrantIn]) -> Response[Page[GrantOut]]:
        """Put a company on your list. Raises: NotFound, NoSuchBuyer, GrantedAlready, ListFull."""

        async def work() -> Page[GrantOut]:
            return Page(await service.grant(data.organisation_id, actor=actor(request), now=clock.now()))

        return await once(request, work, status=201)

    @delete("/grants/{organisation_id:uuid}", status_code=204)
    async def withdraw(self, request: MarketRequest, organisation_id: FromPath[UUID]) -> Response[None]:
        """Take a company from your list. Raises: NotFound."""
        return await once(request, lambda: service.withdraw(organisation_id, actor=actor(request), now=clock.now()), status=204)


ROUTERS: tuple[Any, ...] = (VisibilityController,)
KEEPERS = ("supplier:catalogue", "supplier:sales")
POLICIES = (
    Policy("GET /api/v1/visibility", ("supplier",), scope="offers:read"),
    Policy("PUT /api/v1/visibility", KEEPERS, scope="offers:write", acts=True),
    Policy("GET /api/v1/visibility/grants", ("supplier",), scope="offers:read"),
    Policy("GET /api/v1/visibility/organisations", KEEPERS, scope="offers:read"),
    Policy("POST /api/v1/visibility/grants", KEEPERS, scope="offers:write", acts=True),
    Policy("DELETE /api/v1/visibility/grants/{organisation_id:uuid}", KEEPERS, scope="offers:write", sample="grant", acts=True),
)
