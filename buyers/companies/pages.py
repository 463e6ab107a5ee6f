"""Owns the page of a company's settings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from litestar import Controller, Response, get, post

from buyers.companies import service
from buyers.companies.schemas import CompanySettings
from marketplace.kernel import clock
from marketplace.kernel.http.forms import Fields, acted, told
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy

if TYPE_CHECKING:
    from marketplace.kernel.errors import DomainError


class CompanyPages(Controller):
    """The acting company's own settings."""

    path = "/company"

    @get("/")
    async def company(self, request: MarketRequest) -> Response[Any]:
        """Show the settings."""
        return await _page(request)

    @post("/")
    async def save(self, request: MarketRequest) -> Response[Any]:
        """Store the settings."""
        who = actor(request)

        async def work() -> str:
            await service.save_settings(await form(request, CompanySettings), actor=who, now=clock.now())
            return "/company"

        return await acted(request, work, refused=partial(_page, request))


async def _page(request: MarketRequest, error: DomainError | None = None) -> Response[Any]:
    who = actor(request)
    return render(
        request,
        "company/settings.html",
        company=await service.company(actor=who),
        may_change="owner" in who.roles,
        errors=Fields() if error is None else told(error, request),
        status=200 if error is None else error.status,
    )


PAGES: tuple[Any, ...] = (CompanyPages,)
POLICIES = (
    Policy("GET /company", ("buyer",)),
    Policy("POST /company", ("buyer:owner",), acts=True),
)
NAV = (Nav(lazy("Company"), "/company", ("buyer",), 60),)
