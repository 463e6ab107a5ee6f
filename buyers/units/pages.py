"""Owns the page of a company's units."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from buyers.units import service
from buyers.units.schemas import NewUnit, UnitChange
from marketplace.kernel import clock
from marketplace.kernel.http.forms import Fields, acted, told
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.package import Policy

if TYPE_CHECKING:
    from marketplace.kernel.errors import DomainError


class UnitPages(Controller):
    """The units of the acting company."""

    path = "/company/units"

    @get("/")
    async def units(self, request: MarketRequest) -> Response[Any]:
        """Show the tree and the form for a new unit."""
        return await _page(request)

    @post("/")
    async def create(self, request: MarketRequest) -> Response[Any]:
        """Add a unit."""
        who = actor(request)

        async def work() -> str:
            await service.create_unit(await form(request, NewUnit), actor=who, now=clock.now())
            return "/company/units"

        return await acted(request, work, refused=partial(_page, request))

    @post("/{unit_id:uuid}")
    async def change(self, request: MarketRequest, unit_id: FromPath[UUID]) -> Response[Any]:
        """Rename or move a unit. Raises: NotFound."""
        who = actor(request)

        async def work() -> str:
            await service.change_unit(unit_id, await form(request, UnitChange), actor=who, now=clock.now())
            return "/company/units"

        return await acted(request, work, refused=partial(_page, request))


async def _page(request: MarketRequest, error: DomainError | None = None) -> Response[Any]:
    who = actor(request)
    return render(
        request,
        "company/units.html",
        units=await service.units(actor=who),
        may_change="owner" in who.roles,
        values=Fields(await form_values(request) if error is not None else {}),
        errors=Fields() if error is None else told(error, request),
        status=200 if error is None else error.status,
    )


PAGES: tuple[Any, ...] = (UnitPages,)
POLICIES = (
    Policy("GET /company/units", ("buyer",)),
    Policy("POST /company/units", ("buyer:owner",), acts=True),
    Policy("POST /company/units/{unit_id:uuid}", ("buyer:owner",), sample="unit", acts=True),
)
