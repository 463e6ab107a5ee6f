"""Owns the operator's pages of duty: rates, their file, which rule holds, and customs unions."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from marketplace.kernel import clock, countries
from marketplace.kernel.csv_file import CsvForm
from marketplace.kernel.http.caller import asked_of
from marketplace.kernel.http.forms import acted, sent_text, told, typed_text
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy
from marketplace.kernel.table_files import attachment
from services_addons.duty import service
from services_addons.duty.schemas import DutyFileIn, DutyQuery, EndForm, MemberForm, RateFilter, RateForm

if TYPE_CHECKING:
    from marketplace.kernel.errors import DomainError

PLACE = "/operator/duty"
RATES_SHOWN = 40
ASKED = ("ships_from", "origin", "destination", "hs", "category")


class DutyPages(Controller):
    """The rates of duty."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def rates(self, request: MarketRequest) -> Response[str]:
        """List rates by destination and goods, tell which rule holds, and ask for a new rate."""
        return await _rates_page(request, {})

    @post("/")
    async def add(self, request: MarketRequest) -> Response[Any]:
        """Store the rate that was typed."""

        async def work() -> str:
            sent = service.typed_rate(await form(request, RateForm))
            made = await service.add_rate(sent, actor=actor(request), now=clock.now())
            return f"{PLACE}?destination={made.destination}&hs={made.hs_prefix or ''}&stored=rate#s-rates"

        async def refused(error: DomainError) -> Response[Any]:
            return await _rates_page(request, await form_values(request), error=error)

        return await acted(request, work, refused=refused)

    @post("/rates/{rate_id:uuid}/end")
    async def end(self, request: MarketRequest, rate_id: FromPath[UUID]) -> Response[Any]:
        """Let a rate hold no longer than to a day. Raises: NotFound."""

        async def work() -> str:
            sent = await form(request, EndForm)
            found = await service.end_rate(rate_id, last_day=sent.last_day, actor=actor(request), now=clock.now())
            return f"{PLACE}?destination={found.destination}&hs={found.hs_prefix or ''}&stored=end#s-rates"

        async def refused(error: DomainError) -> Response[Any]:
            return await _rates_page(request, {}, error=error)

        return await acted(request, work, refused=refused)

    @get("/file")
    async def ask_file(self, request: MarketRequest) -> Response[str]:
        """Show where a file of rates goes."""
        return render(request, "duty/file.html", values={}, errors={})

    @post("/file", opt={"takes_files": True})
    async def take_file(self, request: MarketRequest) -> Response[Any]:
        """Take the rates of the file that was chosen or pasted, all or nothing."""

        async def work() -> str:
            sent = await form(request, CsvForm)
            taken = await service.take_file(DutyFileIn(text=await sent_text(request), decimal=sent.decimal), actor=actor(request), now=clock.now())
            return f"{PLACE}?added={taken.added}&unchanged={taken.unchanged}"

        async def refused(error: DomainError) -> Response[Any]:
            faults = [item for item in error.errors if item.pointer.startswith("/text/")]
            errors = told(error, request)
            lines = [words for one in faults for words in told(type(error)(errors=(one,)), request).values()]
            return render(request, "duty/file.html", values=await typed_text(request), errors=errors, lines=lines, status=error.status)

        return await acted(request, work, refused=refused)

    @get("/rates.csv")
    async def csv(self, request: MarketRequest) -> Response[str]:
        """Give every rate as the CSV that can be taken back in."""
        text = await service.rates_as_csv(actor=actor(request), now=clock.now())
        return Response(text, media_type="text/csv", headers=attachment("duty-rates.csv"))

    @get("/unions")
    async def unions(self, request: MarketRequest) -> Response[str]:
        """List the customs unions and their members, with the days of each."""
        return await _unions_page(request, {})

    @post("/unions")
    async def put_member(self, request: MarketRequest) -> Response[Any]:
        """Store a membership."""

        async def work() -> str:
            sent = await form(request, MemberForm)
            await service.put_member(service.typed_member(sent), actor=actor(request), now=clock.now(), list_version=sent.version)
            return f"{PLACE}/unions?stored=membership"

        async def refused(error: DomainError) -> Response[Any]:
            return await _unions_page(request, await form_values(request), error=error)

        return await acted(request, work, refused=refused)


def _asked(request: MarketRequest, name: str) -> str:
    return (request.query_params.get(name) or "").strip()[:80].replace("\x00", "")


async def _rates_page(request: MarketRequest, values: dict[str, str], *, error: DomainError | None = None) -> Response[Any]:
    who, now = actor(request), clock.now()
    which = RateFilter(destination=_asked(request, "destination").upper()[:5], hs_prefix=_asked(request, "hs")[:10])
    # What was refused shows the beginning of the list: its address leads to no next page.
    cursor = request.query_params.get("cursor") if request.method == "GET" else None
    found, following, total = await service.page_of_rates(which, asked=asked_of(request, cursor, limit=RATES_SHOWN), actor=who, now=now)
    asked = {name: _asked(request, f"q_{name}") for name in ASKED}
    answer = None
    if countries.is_country(asked["ships_from"]) and countries.is_country(asked["destination"]):
        digits = asked["hs"] if asked["hs"].isascii() and asked["hs"].isdigit() else ""
        query = DutyQuery(asked["ships_from"], asked["origin"] or asked["ships_from"], asked["destination"], digits or None, None)
        answer = await service.which_rule(query, category=asked["category"] or None, on=now.date(), actor=who)
    return render(
        request,
        "duty/rates.html",
        rates=found,
        taken=[
            int(count) if count.isascii() and count.isdigit() else None for count in (_asked(request, "added")[:6], _asked(request, "unchanged")[:6])
        ],
        total=total,
        next_cursor=following if request.method == "GET" else None,
        which=which,
        asked=asked,
        answer=answer,
        countries=countries.countries(),
        values=values or {"valid_from": now.date().isoformat()},
        today=now.date(),
        errors={} if error is None else told(error, request),
        status=200 if error is None else error.status,
    )


async def _unions_page(request: MarketRequest, values: dict[str, str], *, error: DomainError | None = None) -> Response[Any]:
    members = await service.members(actor=actor(request))
    today: date = clock.now().date()
    return render(
        request,
        "duty/unions.html",
        codes=sorted({one.code for one in members}),
        members=members,
        version=service.version_of(members),
        values=values,
        today=today,
        countries=countries.countries(),
        errors={} if error is None else told(error, request),
        status=200 if error is None else error.status,
    )


PAGES: tuple[Any, ...] = (DutyPages,)
KEEPER = ("operator",)
POLICIES = (
    Policy("GET /operator/duty", KEEPER),
    Policy("POST /operator/duty", KEEPER, acts=True),
    Policy("POST /operator/duty/rates/{rate_id:uuid}/end", KEEPER, sample="duty_rate", acts=True),
    Policy("GET /operator/duty/file", KEEPER),
    Policy("POST /operator/duty/file", KEEPER, acts=True),
    Policy("GET /operator/duty/rates.csv", KEEPER),
    Policy("GET /operator/duty/unions", KEEPER),
    Policy("POST /operator/duty/unions", KEEPER, acts=True),
)
NAV = (Nav(lazy("Duty"), "/operator/duty", ("operator",), 61),)
