"""Owns the page of a supplier's own sites."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get

from marketplace.kernel import clock
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy
from vendors.sites import service

DAYS = ("", lazy("Mon"), lazy("Tue"), lazy("Wed"), lazy("Thu"), lazy("Fri"), lazy("Sat"), lazy("Sun"))


class SitePages(Controller):
    """The places a supplier ships from."""

    include_in_schema = False

    @get("/supplier/sites")
    async def sites(self, request: MarketRequest) -> Response[str]:
        """List the sites with cut-off, working days and exceptions."""
        return render(request, "sites/sites.html", sites=await service.my_sites(actor=actor(request), now=clock.now()), weekdays=DAYS)


PAGES: tuple[Any, ...] = (SitePages,)
POLICIES = (Policy("GET /supplier/sites", ("supplier",)),)
NAV = (Nav(lazy("Sites"), "/supplier/sites", ("supplier",), 40),)
