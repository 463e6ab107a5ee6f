"""Owns the operator's page of flagged numbers: what is far outside, beside what is usual, and what to say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from marketplace.catalogue.attributes import service as attributes
from marketplace.catalogue.numbers import service
from marketplace.catalogue.numbers.schemas import FlagIn
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel import clock
from marketplace.kernel.http.caller import asked_of
from marketplace.kernel.http.forms import acted
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy

if TYPE_CHECKING:
    from marketplace.catalogue.numbers.schemas import Flag
    from marketplace.catalogue.taxonomy.schemas import Category
    from marketplace.kernel.actor import Actor
    from marketplace.kernel.errors import DomainError

PLACE: Final = "/operator/numbers"
SHOWN: Final = 60
# Four digits tell what a number is beside the others; a price or a part number is none of these.
DIGITS: Final = 4


class NumberPages(Controller):
    """Numbers that cannot be meant."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def flags(self, request: MarketRequest) -> Response[Any]:
        """List the flagged numbers of a state with what is usual beside each. Raises: NotFound, BadCursor."""
        which = request.query_params.get("state") or "open"
        asked = asked_of(request, request.query_params.get("cursor"), limit=SHOWN)
        found, following = await service.page_of_flags(which, asked=asked, actor=actor(request))
        counts = await service.count_states()
        categories = {one.id: one for one in await taxonomy.tree()}
        return render(
            request,
            "numbers/flags.html",
            rows=[_row(one, categories.get(one.category_id) if one.category_id else None, locale=actor(request).locale) for one in found],
            which=which,
            may="admin" in actor(request).roles,
            counts={state: counts.get(state, 0) for state in service.STATES},
            next_cursor=following,
        )

    @post("/{flag_id:uuid}")
    async def decide(self, request: MarketRequest, flag_id: FromPath[UUID]) -> Response[Any]:
        """Say that a number is right, leave it out, or open it again. Raises: NotFound, VersionConflict."""

        async def work() -> str:
            sent = await form(request, FlagIn)
            await service.decide(flag_id, sent, actor=actor(request), now=clock.now())
            return f"{PLACE}?{urlencode({'state': sent.seen, 'stored': sent.state})}"

        async def refused(error: DomainError) -> Response[Any]:
            raise error

        return await acted(request, work, refused=refused)


def _row(flag: Flag, category: Category | None, *, locale: str) -> dict[str, Any]:
    about = next((one for one in category.attributes if one.key == flag.key), None) if category else None
    value, low, high = (attributes.written(_rounded(float(one)), about, locale=locale) for one in (flag.value, flag.usual_low, flag.usual_high))
    return {
        "flag": flag, "label": about.label(locale) if about else flag.key.replace("_", " ").capitalize(), "value": value, "low": low, "high": high,
        "kind": category.name(locale) if category else flag.type, "times": round(float(max(flag.value / flag.median, flag.median / flag.value))),
        "is_above": flag.value > flag.median,
    }  # fmt: skip


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


async def _waiting(_who: Actor) -> int:
    return await service.count_open()


PAGES: tuple[Any, ...] = (NumberPages,)
KEEPER = ("operator",)
POLICIES = (
    Policy(f"GET {PLACE}", KEEPER),
    Policy(f"POST {PLACE}/{{flag_id:uuid}}", ("operator:admin",), sample="number_flag", acts=True),
)
NAV = (Nav(lazy("Odd numbers"), PLACE, KEEPER, 53, _waiting, group="catalogue"),)
