"""Owns the JSON API of duty, which the operator keeps."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import Cursor, Limit, asked_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from marketplace.kernel.table_files import attachment
from services_addons.duty import service
from services_addons.duty.schemas import (
    DutyAnswer,
    DutyEndIn,
    DutyFileIn,
    DutyFileOut,
    DutyQuery,
    DutyRateIn,
    DutyRateOut,
    MemberIn,
    RateFilter,
    UnionMember,
)

Destination = Annotated[str, QueryParameter(pattern="^([A-Z]{2,5})?$", max_length=5)]
Country = Annotated[str, QueryParameter(pattern="^[A-Z]{2}$", max_length=2)]
Hs = Annotated[str, QueryParameter(pattern="^([0-9]{2,10})?$", max_length=10)]
Slug = Annotated[str, QueryParameter(pattern="^[a-z0-9-]{0,80}$", max_length=80)]
Day = Annotated[date | None, QueryParameter()]


class DutyController(Controller):
    """Rates of duty and customs unions."""

    path = "/api/v1/operator/duty"
    tags = ("logistics",)

    @get("/rates")
    async def rates(
        self, request: MarketRequest, destination: Destination = "", hs: Hs = "", limit: Limit = 100, cursor: Cursor = None
    ) -> Page[DutyRateOut]:  # fmt: skip
        """List rates that hold or are to come, by destination and the beginning of the customs code. Raises: BadCursor."""
        which, asked = RateFilter(destination=destination, hs_prefix=hs), asked_of(request, cursor, limit=limit)
        items, following, _ = await service.page_of_rates(which, asked=asked, actor=actor(request), now=clock.now())
        return Page(items, following)

    @post("/rates", status_code=201)
    async def add(self, request: MarketRequest, data: JSONBody[DutyRateIn]) -> Response[DutyRateOut]:
        """Add a rate; one without end for the same goods ends the day before. Raises: BadDutyRate, DutyRatesOverlap."""
        return await once(request, lambda: service.add_rate(data, actor=actor(request), now=clock.now()), status=201)

    @post("/file", status_code=201)
    async def take_file(self, request: MarketRequest, data: JSONBody[DutyFileIn]) -> Response[DutyFileOut]:
        """Take rates from CSV text, all or nothing; what stands already is left. Raises: BadDutyFile, BadDutyRate, DutyRatesOverlap."""
        return await once(request, lambda: service.take_file(data, actor=actor(request), now=clock.now()), status=201)

    @get("/file", media_type="text/csv", opt={"gives": ("text/csv",)})
    async def csv(self, request: MarketRequest) -> Response[str]:
        """Give every rate as the CSV that can be taken back in."""
        text = await service.rates_as_csv(actor=actor(request), now=clock.now())
        return Response(text, media_type="text/csv", headers=attachment("duty-rates.csv"))

    @post("/rates/{rate_id:uuid}/end", status_code=200)
    async def end(self, request: MarketRequest, rate_id: FromPath[UUID], data: JSONBody[DutyEndIn]) -> Response[DutyRateOut]:
        """Let a rate hold no longer than to a day, today or later. Raises: NotFound, BadDutyRate."""
        return await once(request, lambda: service.end_rate(rate_id, last_day=data.last_day, actor=actor(request), now=clock.now()))

    @get("/unions")
    async def unions(self, request: MarketRequest) -> Page[UnionMember]:
        """List every membership of a customs union with its days."""
        return Page(await service.members(actor=actor(request)))

    @put("/unions")
    async def put_member(self, request: MarketRequest, data: JSONBody[MemberIn]) -> Response[Page[UnionMember]]:
        """Write a country's membership, whole; who leaves gets a last day. Raises: BadDutyRate, VersionConflict."""

        async def work() -> Page[UnionMember]:
            return Page(await service.put_member(data, actor=actor(request), now=clock.now()))

        return await once(request, work)

    @get("/rule")
    async def rule(
        self, request: MarketRequest, ships_from: Country, destination: Country, origin: Destination = "", hs: Hs = "", category: Slug = "", on: Day = None
    ) -> DutyAnswer:  # fmt: skip
        """Tell which rule holds for goods on a way, with its id and source; `origin` blank is where they leave, `on` today."""
        query = DutyQuery(ships_from, origin or ships_from, destination, hs or None, None)
        return await service.which_rule(query, category=category or None, on=on or clock.now().date(), actor=actor(request))


ROUTERS: tuple[Any, ...] = (DutyController,)
READ, WRITE = "organisations:read", "organisations:write"
KEEPER = ("operator",)
POLICIES = (
    Policy("GET /api/v1/operator/duty/rates", KEEPER, scope=READ),
    Policy("POST /api/v1/operator/duty/rates", KEEPER, scope=WRITE, acts=True),
    Policy("POST /api/v1/operator/duty/file", KEEPER, scope=WRITE, acts=True),
    Policy("GET /api/v1/operator/duty/file", KEEPER, scope=READ),
    Policy("POST /api/v1/operator/duty/rates/{rate_id:uuid}/end", KEEPER, scope=WRITE, sample="duty_rate", acts=True),
    Policy("GET /api/v1/operator/duty/unions", KEEPER, scope=READ),
    Policy("PUT /api/v1/operator/duty/unions", KEEPER, scope=WRITE, acts=True),
    Policy("GET /api/v1/operator/duty/rule", KEEPER, scope=READ),
)
