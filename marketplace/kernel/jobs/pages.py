"""Owns the operator's page of what the worker does: timers with their last run and lag, and facts that could not be delivered."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once_form
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form
from marketplace.kernel.i18n import lazy
from marketplace.kernel.jobs import service
from marketplace.kernel.jobs.schemas import ReviveForm
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.package import Nav, Policy

PLACE = "/operator/works"
SHOWN_MAX = 100


class WorksPages(Controller):
    """What the worker does, for the operator."""

    path = PLACE

    @get("/")
    async def works(self, request: MarketRequest) -> Response[Any]:
        """Show every timer, the backlog of facts, and the deliveries that fail or were given up."""
        now = clock.now()
        timers, backlog, unwell = await service.states(now), await outbox.backlog(now), await outbox.unwell(limit=SHOWN_MAX)
        return render(request, "jobs/works.html", timers=timers, backlog=backlog, unwell=unwell)

    @post("/revive")
    async def revive(self, request: MarketRequest) -> Response[Any]:
        """Let a delivery that was given up try again. Raises: NotFound."""
        who = actor(request)

        async def work() -> str:
            wanted = await form(request, ReviveForm)
            await outbox.revive(wanted.fact_id, handler=wanted.handler, actor=who, now=clock.now())
            return PLACE

        return await once_form(request, work)


PAGES = (WorksPages,)
POLICIES = (
    Policy(f"GET {PLACE}", ("operator",)),
    Policy(f"POST {PLACE}/revive", ("operator:admin",), acts=True),
)
NAV = (Nav(lazy("Works"), PLACE, ("operator",), 90),)
