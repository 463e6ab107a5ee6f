"""Owns the JSON API of a supplier's own sites."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post, put
from litestar.params import FromPath, JSONBody

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from vendors.sites import service
from vendors.sites.schemas import ExceptionIn, SiteChange, SiteIn, SiteOut, YearOut


class SiteController(Controller):
    """A supplier's own sites."""

    path = "/api/v1/sites"
    tags = ("offers",)

    @get("/")
    async def sites(self, request: MarketRequest) -> Page[SiteOut]:
        """List the places you ship from, at most 200."""
        return Page(await service.my_sites(actor=actor(request), now=clock.now()))

    @post("/", status_code=201)
    async def add(self, request: MarketRequest, data: JSONBody[SiteIn]) -> Response[SiteOut]:
        """Add a place you ship from. Raises: NotSellingYet, InvalidInput, SiteNameTaken, TooManySites."""
        return await once(request, lambda: service.add_site(data, actor=actor(request), now=clock.now()), status=201)

    @get("/{site_id:uuid}")
    async def site(self, request: MarketRequest, site_id: FromPath[UUID]) -> SiteOut:
        """Read one of your sites. Raises: NotFound."""
        return await service.my_site(site_id, actor=actor(request), now=clock.now())

    @put("/{site_id:uuid}")
    async def change(self, request: MarketRequest, site_id: FromPath[UUID], data: JSONBody[SiteChange]) -> Response[SiteOut]:
        """Change one of your sites, whole, with its exceptions from today on. Raises: NotFound, InvalidInput, SiteNameTaken, VersionConflict."""
        return await once(request, lambda: service.change_site(site_id, data, version=data.version, actor=actor(request), now=clock.now()))

    @post("/{site_id:uuid}/exceptions", status_code=200)
    async def exception(self, request: MarketRequest, site_id: FromPath[UUID], data: JSONBody[ExceptionIn]) -> Response[SiteOut]:
        """Close or open a site on a coming day, with a note, or let the day be a usual one again. Raises: NotFound, InvalidInput, VersionConflict."""
        return await once(request, lambda: service.set_exception(site_id, data, actor=actor(request), now=clock.now()))

    @get("/{site_id:uuid}/calendar")
    async def calendar(self, request: MarketRequest, site_id: FromPath[UUID]) -> YearOut:
        """Read the next twelve months day by day, and what an order placed now meets. Raises: NotFound."""
        return await service.year(site_id, actor=actor(request), now=clock.now())


ROUTERS: tuple[Any, ...] = (SiteController,)
KEEPERS = ("supplier:catalogue", "supplier:fulfilment")
POLICIES = (
    Policy("GET /api/v1/sites", ("supplier",), scope="offers:read"),
    Policy("POST /api/v1/sites", KEEPERS, scope="offers:write", acts=True),
    Policy("GET /api/v1/sites/{site_id:uuid}", ("supplier",), scope="offers:read", sample="site"),
    Policy("PUT /api/v1/sites/{site_id:uuid}", KEEPERS, scope="offers:write", sample="site", acts=True),
    Policy("POST /api/v1/sites/{site_id:uuid}/exceptions", KEEPERS, scope="offers:write", sample="site", acts=True),
    Policy("GET /api/v1/sites/{site_id:uuid}/calendar", ("supplier",), scope="offers:read", sample="site"),
)
