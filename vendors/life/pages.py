"""Owns the pages of a supplier's life: how it stands, and each act with what it does, told before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery

from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound
from marketplace.kernel.http.caller import own_organisation
from marketplace.kernel.http.forms import Fields, acted, told
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.package import Policy
from vendors.life import service
from vendors.life.errors import NotPossibleNow
from vendors.life.schemas import ACT_WORDS, Act, LifeChange, LifeForm

if TYPE_CHECKING:
    from marketplace.kernel.errors import DomainError

OWN = "/supplier/state"
OPERATOR = "/operator/suppliers/{supplier_id:uuid}/state"


class OwnLifePages(Controller):
    """How one's own organisation stands as a supplier."""

    path = OWN
    include_in_schema = False

    @get("/")
    async def life(self, request: MarketRequest) -> Response[str]:
        """Show whether the supplier sells, its closure, any notice with its reasons, and what was done. Raises: NotFound."""
        if not await service.is_selling(own_organisation(request)):
            return render(request, "profile/not_yet.html", title=_("Open or closed"))
        return await _life_page(request, own_organisation(request), place=OWN)

    @get("/change")
    async def effects(self, request: MarketRequest, act: FromQuery[str] = "") -> Response[Any]:
        """Show what an act does before it is done. Raises: NotFound, NotPossibleNow."""
        return await _act_page(request, own_organisation(request), act or "close", place=OWN)

    @post("/change")
    async def change(self, request: MarketRequest) -> Response[Any]:
        """Do the act. Raises: NotFound."""
        return await _change(request, own_organisation(request), place=OWN)


class OperatorLifePages(Controller):
    """How a supplier stands, for the operator."""

    path = OPERATOR
    include_in_schema = False

    @get("/")
    async def life(self, request: MarketRequest, supplier_id: FromPath[UUID]) -> Response[str]:
        """Show how a supplier stands, and what may be done. Raises: NotFound."""
        return await _life_page(request, supplier_id, place=_place(supplier_id))

    @get("/change")
    async def effects(self, request: MarketRequest, supplier_id: FromPath[UUID], act: FromQuery[str] = "") -> Response[Any]:
        """Show what an act does before it is done. Raises: NotFound, NotPossibleNow."""
        await service.life(supplier_id, actor=actor(request), now=clock.now())
        return await _act_page(request, supplier_id, act or "suspend", place=_place(supplier_id))

    @post("/change")
    async def change(self, request: MarketRequest, supplier_id: FromPath[UUID]) -> Response[Any]:
        """Do the act. Raises: NotFound."""
        return await _change(request, supplier_id, place=_place(supplier_id))


def _place(supplier_id: UUID) -> str:
    return f"/operator/suppliers/{supplier_id}/state"


async def _life_page(request: MarketRequest, supplier_id: UUID, *, place: str) -> Response[str]:
    who = actor(request)
    life = await service.life(supplier_id, actor=who, now=clock.now())
    may = bool(who.roles & {"owner", "admin"})
    return render(request, "life/life.html", life=life, place=place, is_own=place == OWN, may=may, words=ACT_WORDS, held=service.HELD_WORDS)


async def _act_page(request: MarketRequest, supplier_id: UUID, act: str, *, place: str, error: DomainError | None = None) -> Response[Any]:
    if act not in get_args(Act):
        raise NotFound
    who, now = actor(request), clock.now()
    effects = await service.effects(supplier_id, act=act, actor=who, now=now)
    life = await service.life(supplier_id, actor=who, now=now)
    return render(
        request,
        "life/act.html",
        name=life.name,
        effects=effects,
        place=place,
        is_own=place == OWN,
        words=ACT_WORDS,
        values=Fields({"ends_on": effects.earliest_end.isoformat()} if error is None else await form_values(request)),
        errors=Fields() if error is None else told(error, request),
        status=200 if error is None else error.status,
    )


async def _change(request: MarketRequest, supplier_id: UUID, *, place: str) -> Response[Any]:
    async def work() -> str:
        sent = await form(request, LifeForm)
        change = LifeChange(
            act=sent.act, reason=sent.reason, version=sent.version, closed_from=sent.closed_from, closed_to=sent.closed_to, ends_on=sent.ends_on
        )
        await service.change_life(supplier_id, change, actor=actor(request), now=clock.now())
        return place

    async def refused(error: DomainError) -> Response[Any]:
        act = (await form_values(request)).get("act", "")
        if act not in get_args(Act):
            raise error
        try:
            return await _act_page(request, supplier_id, act, place=place, error=error)
        except NotPossibleNow:
            # Meanwhile the act has lost its place: what went wrong with this post is told, not what a new one would meet.
            raise error from None

    return await acted(request, work, refused=refused)


PAGES: tuple[Any, ...] = (OwnLifePages, OperatorLifePages)
POLICIES = (
    Policy(f"GET {OWN}", ("supplier",)),
    Policy(f"GET {OWN}/change", ("supplier:owner",)),
    Policy(f"POST {OWN}/change", ("supplier:owner",), acts=True),
    Policy(f"GET {OPERATOR}", ("operator",), sample="supplier"),
    Policy(f"GET {OPERATOR}/change", ("operator:admin",), sample="supplier"),
    Policy(f"POST {OPERATOR}/change", ("operator:admin",), sample="supplier", acts=True, steps_up=True),
)
