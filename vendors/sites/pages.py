"""Owns the pages on which suppliers keep their sites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from marketplace.kernel import calendar, clock, countries
from marketplace.kernel.calendar import date_in
from marketplace.kernel.http.caller import own_organisation
from marketplace.kernel.http.forms import Fields, acted, told, told_rows, typed
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy
from vendors.life import service as life
from vendors.sites import service
from vendors.sites.schemas import ExceptionIn, SiteForm

if TYPE_CHECKING:
    from marketplace.kernel.errors import DomainError

DAYS = ("", lazy("Mon"), lazy("Tue"), lazy("Wed"), lazy("Thu"), lazy("Fri"), lazy("Sat"), lazy("Sun"))
# What the picture of a year draws for each kind of day, and what it is called.
DAY_WORDS = {
    "open": ("g", lazy("open")),
    "week": ("trk", lazy("no working day")),
    "holiday": ("f", lazy("public holiday")),
    "closed": ("bad-fill", lazy("closed by you")),
    "opened": ("fill", lazy("opened by you")),
}
PLACE = "/supplier/sites"


class SitePages(Controller):
    """The places a supplier ships from."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def sites(self, request: MarketRequest) -> Response[str]:
        """List the sites with cut-off, working days and exceptions."""
        who = actor(request)
        return render(
            request,
            "sites/sites.html",
            sites=await service.my_sites(actor=who, now=clock.now()),
            weekdays=DAYS,
            runs_of=service.runs,
            is_selling=await life.is_selling(own_organisation(request)),
            is_keeper=service.may_keep(who),
        )

    @get("/new")
    async def new(self, request: MarketRequest) -> Response[str]:
        """Show the form of a new site."""
        return await _new_page(request)

    @post("/")
    async def add(self, request: MarketRequest) -> Response[Any]:
        """Add the site that was typed."""

        async def work() -> str:
            sent = service.typed_site(await form(request, SiteForm), closed_on=[], opened_on=[], now=clock.now())
            made = await service.add_site(sent, actor=actor(request), now=clock.now())
            return f"{PLACE}/{made.id}?stored=new"

        return await acted(request, work, refused=lambda error: _new_page(request, error))

    @get("/{site_id:uuid}")
    async def site(self, request: MarketRequest, site_id: FromPath[UUID]) -> Response[str]:
        """Show one site with its form and its exceptions. Raises: NotFound."""
        return await _site_page(request, site_id)

    @post("/{site_id:uuid}")
    async def change(self, request: MarketRequest, site_id: FromPath[UUID]) -> Response[Any]:
        """Change the site as typed; its exceptions stay. Raises: NotFound."""

        async def work() -> str:
            who, now, sent = actor(request), clock.now(), await form(request, SiteForm)
            found = await service.my_site(site_id, actor=who, now=now)
            site = service.typed_site(sent, closed_on=found.closed_on, opened_on=found.opened_on, now=now)
            if site.country != found.country and site.region == found.region:
                site.region = ""
            await service.change_site(site_id, site, version=sent.version, actor=who, now=now)
            return f"{PLACE}/{site_id}?stored=site#s-site"

        return await acted(request, work, refused=lambda error: _site_page(request, site_id, error))

    @post("/{site_id:uuid}/exceptions")
    async def exception(self, request: MarketRequest, site_id: FromPath[UUID]) -> Response[Any]:
        """Close or open the site on a day, or let the day be a usual one again. Raises: NotFound."""

        async def work() -> str:
            await service.set_exception(site_id, await form(request, ExceptionIn), actor=actor(request), now=clock.now())
            return f"{PLACE}/{site_id}?stored=day#s-days"

        return await acted(request, work, refused=lambda error: _site_page(request, site_id, error))


async def _new_page(request: MarketRequest, error: DomainError | None = None) -> Response[Any]:
    country = actor(request).country
    values = {
        "country": country,
        "time_zone": countries.usual_time_zone(country) if country else "",
        "cut_off": "15:00",
        "keeps_public_holidays": "on",
    }
    return render(
        request,
        "sites/new.html",
        is_selling=await life.is_selling(own_organisation(request)),
        **await form_fields(request, values, error, working_days="12345"),
        status=200 if error is None else error.status,
    )


async def _site_page(request: MarketRequest, site_id: UUID, error: DomainError | None = None) -> Response[Any]:
    who, now = actor(request), clock.now()
    site = await service.my_site(site_id, actor=who, now=now)
    typed_day = await form_values(request) if error is not None else {}
    is_site_form = error is not None and "on_date" not in typed_day
    shown = await form_fields(request, service.as_typed(site), error if is_site_form else None, working_days=site.working_days)
    if error is not None and not is_site_form:
        # What was typed of the day stands beside what the site keeps.
        shown["values"] |= {name: typed_day.get(name, "") for name in ("on_date", "kind", "note")}
    return render(
        request,
        "sites/site.html",
        site=site,
        today=date_in(now, time_zone=site.time_zone),
        year=service.year_of(site, now=now),
        day_words=DAY_WORDS,
        is_keeper=service.may_keep(who),
        **shown | ({} if error is None else {"errors": told(error, request)}),
        status=200 if error is None else error.status,
    )


async def form_fields(request: MarketRequest, values: Any, error: DomainError | None, *, working_days: Any) -> dict[str, Any]:
    """Give what the fields of a site's form need: what stands in them, or what was typed, and the zones of the country that stands there."""
    shown = dict(values) if error is None else await form_values(request)
    country = shown.get("country", "")
    return {
        "values": Fields(shown),
        "errors": {} if error is None else told(error, request),
        "ticked": {str(day) for day in (working_days if error is None else await typed(request, "working_days"))},
        "weekdays": DAYS,
        "hours_of_days": _hours(shown) if error is None else [await typed(request, "opens"), await typed(request, "closes")],
        "row_errors": Fields() if error is None else _on_rows(told_rows(error, request), await typed(request, "working_days")),
        "regions": calendar.regions(country) if countries.is_country(country) else (),
        "countries": countries.countries(),
        "zones": countries.zones_of(country) if countries.is_country(country) else (),
    }


def _hours(shown: dict[str, Any]) -> list[list[str]]:
    return [[str(shown.get(f"{name}_{day}", "")) for day in range(1, 8)] for name in ("opens", "closes")]


def _on_rows(errors: Fields, ticked: list[str]) -> Fields:
    """Give `hours/1/closes` as `closes/2`: the day of the week in whose row the reader typed."""
    days = sorted(day for day in set(ticked) if day.isdigit())
    found = Fields()
    for pointer, message in errors.items():
        head, _, rest = pointer.removeprefix("site/").partition("/")
        place, _, name = rest.partition("/")
        if head == "hours" and place.isdigit() and int(place) < len(days):
            found[f"{name or 'closes'}/{int(days[int(place)]) - 1}"] = message
        else:
            found[pointer] = message
    return found


PAGES: tuple[Any, ...] = (SitePages,)
KEEPERS = ("supplier:catalogue", "supplier:fulfilment")
POLICIES = (
    Policy("GET /supplier/sites", ("supplier",)),
    Policy("GET /supplier/sites/new", KEEPERS),
    Policy("POST /supplier/sites", KEEPERS, acts=True),
    Policy("GET /supplier/sites/{site_id:uuid}", ("supplier",), sample="site"),
    Policy("POST /supplier/sites/{site_id:uuid}", KEEPERS, sample="site", acts=True),
    Policy("POST /supplier/sites/{site_id:uuid}/exceptions", KEEPERS, sample="site", acts=True),
)
NAV = (Nav(lazy("Sites"), "/supplier/sites", ("supplier",), 40),)
