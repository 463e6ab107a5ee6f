"""Owns the JSON API of a supplier's own sites."""

from __future__ import annotations

from typing import Any

from litestar import Controller, get

from marketplace.kernel import clock
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from vendors.sites import service
from vendors.sites.schemas import SiteOut


class SiteController(Controller):
    """A supplier's own sites."""

    path = "/api/v1/sites"
    tags = ("offers",)

    @get("/")
    async def sites(self, request: MarketRequest) -> Page[SiteOut]:
        """List the places you ship from, at most 200."""
        return Page(await service.my_sites(actor=actor(request), now=clock.now()))


ROUTERS: tuple[Any, ...] = (SiteController,)
POLICIES = (Policy("GET /api/v1/sites", ("supplier",), scope="offers:read"),)
