"""Owns the operator's page of demand."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get
from litestar.params import FromQuery

from marketplace.kernel import clock
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy
from marketplace.trade.demand import service

PLACE = "/operator/demand"
USUAL = 28


class DemandPages(Controller):
    """What people look for and do not find."""

    include_in_schema = False

    @get(PLACE)
    async def demand(
        self, request: MarketRequest, days: FromQuery[str] = "", segment: FromQuery[str] = "", locale: FromQuery[str] = ""
    ) -> Response[Any]:
        """Show what found nothing; a period that there is not is the usual one."""
        chosen = next((one for one in service.DAYS if str(one) == days), USUAL)
        found = await service.demand(days=chosen, segment=segment[:80], locale=locale[:20], actor=actor(request), now=clock.now())
        return render(
            request,
            "demand/demand.html",
            found=found,
            days=chosen,
            periods=service.DAYS,
            segment=segment,
            chosen_locale=locale,
            usual=USUAL,
        )


PAGES = (DemandPages,)
POLICIES = (Policy(f"GET {PLACE}", ("operator",)),)
NAV = (Nav(lazy("Looked for in vain"), PLACE, ("operator",), 46, group="search"),)
