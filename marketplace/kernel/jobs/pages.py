"""Owns the operator's page of what the worker does: timers with their last run and lag, and facts that could not be delivered."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from litestar import Controller, Response, get, post

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once_form
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.i18n import lazy, ngettext
from marketplace.kernel.jobs import service
from marketplace.kernel.jobs.schemas import ReviveForm
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.package import Nav, Policy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from marketplace.kernel.jobs.schemas import JobState
    from marketplace.kernel.package import Job

PLACE = "/operator/works"
SHOWN_MAX = 100
LATE_SECONDS = 60
MINUTE, HOUR, DAY = 60, 3600, 86_400
# What the timers of all packages are called and good for, by name; given once by the assembly.
_told: dict[str, tuple[str, str]] = {}


def prepare(jobs: Sequence[Job]) -> None:
    """Take the words of all packages' timers: this room stands below them and cannot ask."""
    _told.clear()
    _told.update({job.name: (job.title, job.about) for job in jobs})


def title(timer: JobState) -> str:
    """Say what a timer does; one that no package brings any more keeps its name."""
    return _(_told.get(timer.name, (timer.name, ""))[0] or timer.name)


def about(timer: JobState) -> str:
    """Say what a timer is good for."""
    told = _told.get(timer.name, ("", ""))[1]
    return _(told) if told else ""


def every(seconds: int) -> str:
    """Say how often: "every hour"."""
    if seconds % DAY == 0:
        return ngettext("every day", "every %(n)s days", seconds // DAY)
    if seconds % HOUR == 0:
        return ngettext("every hour", "every %(n)s hours", seconds // HOUR)
    if seconds % MINUTE == 0:
        return ngettext("every minute", "every %(n)s minutes", seconds // MINUTE)
    return ngettext("every second", "every %(n)s seconds", seconds)


def span(seconds: int) -> str:
    """Say a time in its largest whole unit: "4 min"."""
    if seconds >= 2 * DAY:
        return ngettext("%(n)s day", "%(n)s days", seconds // DAY)
    if seconds >= HOUR:
        return ngettext("%(n)s h", "%(n)s h", seconds // HOUR)
    if seconds >= MINUTE:
        return ngettext("%(n)s min", "%(n)s min", seconds // MINUTE)
    return ngettext("%(n)s s", "%(n)s s", seconds)


def following(timer: JobState, now: datetime) -> str:
    """Say when a timer runs next."""
    if timer.is_running:
        return _("running now")
    left = 0 if timer.last_started is None else int((timer.last_started + timedelta(seconds=timer.every_seconds) - now).total_seconds())
    return _("in %(time)s", time=span(left)) if left > 0 else _("due now")


class WorksPages(Controller):
    """What the worker does, for the operator."""

    path = PLACE

    @get("/")
    async def works(self, request: MarketRequest) -> Response[Any]:
        """Show every timer, the backlog of facts, and the deliveries that fail or were given up."""
        now = clock.now()
        timers, backlog, unwell = await service.states(now), await outbox.backlog(now), await outbox.unwell(limit=SHOWN_MAX)
        words: dict[str, Any] = {"title": title, "about": about, "every": every, "span": span, "following": lambda timer: following(timer, now)}
        return render(request, "jobs/works.html", timers=timers, backlog=backlog, unwell=unwell, late_seconds=LATE_SECONDS, **words)

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
NAV = (Nav(lazy("In the background"), PLACE, ("operator",), 90),)
