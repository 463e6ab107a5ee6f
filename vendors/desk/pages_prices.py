"""Owns the page of an offer's prices over time: the line of each tier, coming prices, and what held before."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from marketplace.catalogue.units import service as units
from marketplace.kernel import clock
from marketplace.kernel.http.forms import Fields, acted, told, typed
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.package import Policy
from vendors.desk import service
from vendors.desk.schemas import PlanForm, PriceIn

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.kernel.errors import DomainError

TIER_LINES = 5
LINES_MAX = 4


class PricePages(Controller):
    """Prices of a supplier's own offers over time."""

    path = "/supplier"
    include_in_schema = False

    @get("/offers/{offer_id:uuid}/prices")
    async def prices(self, request: MarketRequest, offer_id: FromPath[UUID]) -> Response[str]:
        """Show how an offer's price went, what is planned, and the form to plan another. Raises: NotFound."""
        return await _page(request, offer_id)

    @post("/offers/{offer_id:uuid}/prices")
    async def plan(self, request: MarketRequest, offer_id: FromPath[UUID]) -> Response[Any]:
        """Plan the price that was typed. Raises: NotFound."""

        async def work() -> str:
            who, now, sent = actor(request), clock.now(), await form(request, PlanForm)
            zone = (await service.my_prices(offer_id, actor=who, now=now)).time_zone
            price = PriceIn(
                tiers=service.typed_tiers(sent.tier_from, sent.tier_price),
                valid_from=service.moment_in(sent.starts, time_zone=zone, pointer="/starts"),
                valid_to=service.moment_in(sent.ends, time_zone=zone, pointer="/ends") if sent.ends.strip() else None,
            )
            await service.plan_price(offer_id, sent=price, version=sent.version, actor=who, now=now)
            return f"/supplier/offers/{offer_id}/prices"

        return await acted(request, work, refused=lambda error: _page(request, offer_id, error))

    @post("/prices/{price_id:uuid}/withdraw")
    async def withdraw(self, request: MarketRequest, price_id: FromPath[UUID]) -> Response[Any]:
        """Take back a price that has not begun. Raises: NotFound."""

        async def work() -> str:
            found = await service.withdraw_price(price_id, actor=actor(request), now=clock.now())
            return f"/supplier/offers/{found.offer_id}/prices"

        return await acted(request, work, refused=_raised)


async def _raised(error: DomainError) -> Response[Any]:
    """Leave a refusal without a form of its own to the error page."""
    raise error


async def _page(request: MarketRequest, offer_id: UUID, error: DomainError | None = None) -> Response[Any]:
    who, now = actor(request), clock.now()
    offer = await service.my_offer(offer_id, actor=who, now=now)
    shown = await service.my_prices(offer_id, actor=who, now=now)
    lines = await service.price_steps(offer_id, actor=who, now=now)
    typed_lines: list[tuple[str, str]] = (
        list(zip(await typed(request, "tier_from"), await typed(request, "tier_price"), strict=False)) if error else []
    )
    return render(
        request,
        "prices/prices.html",
        offer=offer,
        prices=shown.prices,
        shown=shown,
        unit=(await units.short_names())[shown.unit_code] if shown.unit_decimals else "",
        decimals={one.id: [Decimal(tier.unit_price) for tier in one.tiers] for one in shown.prices},
        low=None if shown.lowest_30_days is None else Decimal(shown.lowest_30_days.unit_price),
        chart=_chart(lines[:LINES_MAX], now=now),
        tiers=typed_lines + [("", "")] * (TIER_LINES - len(typed_lines)) if error else service.tier_lines(offer, at_least=TIER_LINES),
        wrong_tiers=service.wrong_tiers(typed_lines),
        values=defaultdict(str, await form_values(request) if error else {}),
        errors=Fields() if error is None else told(error, request),
        is_keeper=service.may_keep(who),
        status=200 if error is None else error.status,
    )


def _chart(lines: list[tuple[int, list[tuple[datetime, Decimal | None]]]], *, now: datetime) -> dict[str, Any] | None:
    """Place the steps of each line in a picture of 100 by 100: time to the end, from the lowest price at the foot to the highest below the head."""
    known = [(at, price) for _, steps in lines for at, price in steps if price is not None]
    if not known:
        return None
    first, last = min(at for at, _ in known), max(now, *(at for _, steps in lines for at, _ in steps))
    # What is planned last is seen as a step, not as the edge.
    last += (last - first) / 20
    span, top, low = max((last - first).total_seconds(), 1.0), max(price for _, price in known), min(price for _, price in known)

    def x(at: datetime) -> float:
        return round((at - first).total_seconds() * 100 / span, 2)

    drawn = []
    for quantity, steps in lines:
        path, is_open = "", False
        for place, (at, price) in enumerate(steps):
            end = x(steps[place + 1][0]) if place + 1 < len(steps) else 100.0
            if price is None:
                is_open = False
                continue
            y = round(95 - 85 * float((price - low) / (top - low)), 2) if top > low else 50
            path += f"{'L' if is_open else 'M'}{x(at)},{y} L{end},{y} "
            is_open = True
        drawn.append((quantity, path.strip()))
    return {"lines": drawn, "first": first, "last": last, "top": top, "low": low}


PAGES: tuple[Any, ...] = (PricePages,)
KEEPERS = ("supplier:catalogue", "supplier:sales")
POLICIES = (
    Policy("GET /supplier/offers/{offer_id:uuid}/prices", ("supplier",), sample="offer"),
    Policy("POST /supplier/offers/{offer_id:uuid}/prices", KEEPERS, sample="offer", acts=True),
    Policy("POST /supplier/prices/{price_id:uuid}/withdraw", KEEPERS, sample="coming_price", acts=True),
)
