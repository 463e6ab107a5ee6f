"""Owns the page of the formula, and the page on which an organisation keeps its own weights."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from litestar import Controller, Response, get, post

from marketplace.kernel import clock
from marketplace.kernel.http.forms import Fields, acted, told
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy
from marketplace.trade.ranking import service
from marketplace.trade.ranking.schemas import OwnForm
from marketplace.trade.weights import service as weights
from marketplace.trade.weights.schemas import KeptWeights

if TYPE_CHECKING:
    from marketplace.kernel.errors import DomainError

OWN = "/ranking/own"


class RankingPages(Controller):
    """How places come about."""

    @get("/ranking")
    async def ranking(self, request: MarketRequest) -> Response[Any]:
        """Explain how places are worked out, with an example on live numbers: the comparison that the address names, or one of the market's own."""
        given = {name: value for name, value in request.query_params.items() if isinstance(value, str)}
        who, now = actor(request), clock.now()
        locale: str = request.scope["locale"]  # type: ignore[typeddict-item]
        shown = await service.example(given, viewer=who, locale=locale, now=now)
        return render(
            request, "ranking/ranking.html", ranking=await service.ranking(now=now), example=shown, is_buyer="buyer" in who.capacities,
            weights=shown.found.weights if shown else (await weights.in_force(now)).weights,
        )  # fmt: skip

    @get(OWN)
    async def own(self, request: MarketRequest) -> Response[Any]:
        """Show the organisation's own weights and the form to change them."""
        return await _own_page(request)

    @post(OWN)
    async def keep_own(self, request: MarketRequest) -> Response[Any]:
        """Keep own weights as typed, or go back to the market's."""

        async def work() -> str:
            sent = await form(request, OwnForm)
            kept = None if sent.act == weights.MARKET else service.typed_weights(await form_values(request))
            await weights.keep_own(KeptWeights(version=sent.version, weights=kept), actor=actor(request), now=clock.now())
            return OWN

        return await acted(request, work, refused=partial(_own_page, request))


async def _own_page(request: MarketRequest, error: DomainError | None = None) -> Response[Any]:
    who, now = actor(request), clock.now()
    own = await weights.own_weights(actor=who, now=now)
    return render(
        request,
        "ranking/own.html",
        own=own,
        market=await weights.in_force(now),
        may_keep=bool(who.roles & {"owner", "purchaser"}),
        values=Fields(service.as_typed(own.weights) if error is None else await form_values(request)),
        errors=Fields() if error is None else told(error, request),
        status=200 if error is None else error.status,
    )


PAGES: tuple[Any, ...] = (RankingPages,)
POLICIES = (
    Policy("GET /ranking", ("anyone",)),
    Policy("GET /ranking/own", ("buyer",)),
    Policy("POST /ranking/own", ("buyer:purchaser",), acts=True),
)
NAV = (Nav(lazy("Own weights"), OWN, ("buyer",), 70),)
