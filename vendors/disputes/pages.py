"""Owns the pages of disputes: the supplier's on its offer, and the operator's list with the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from marketplace.kernel import clock
from marketplace.kernel.http.caller import places_of
from marketplace.kernel.http.forms import Fields, acted, told
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy
from vendors.disputes import service
from vendors.disputes.schemas import DecisionForm, DecisionIn, DisputeForm, DisputeIn, Place, WithdrawForm
from vendors.offers import service as offers

if TYPE_CHECKING:
    from marketplace.kernel.errors import DomainError

PLACE = "/operator/disputes"
PAGE_LENGTH = 25
STATES = {"open": lazy("Waits for the operator"), "accepted": lazy("Accepted"), "refused": lazy("Refused"), "withdrawn": lazy("Withdrawn")}


class DisputePages(Controller):
    """The supplier's side."""

    path = "/supplier"
    include_in_schema = False

    @get("/offers/{offer_id:uuid}/dispute")
    async def ask(self, request: MarketRequest, offer_id: FromPath[UUID]) -> Response[Any]:
        """Show the form, or how the dispute stands. Raises: NotFound."""
        return await _offer_page(request, offer_id)

    @post("/offers/{offer_id:uuid}/dispute")
    async def dispute(self, request: MarketRequest, offer_id: FromPath[UUID]) -> Response[Any]:
        """Say that the offer stands on the wrong product. Raises: NotFound."""

        async def work() -> str:
            sent = await form(request, DisputeForm)
            said = DisputeIn(title=sent.title, reason=sent.reason, brand=sent.brand, part_number=sent.part_number)
            await service.dispute(offer_id, said, actor=actor(request), now=clock.now())
            return f"/supplier/offers/{offer_id}/dispute"

        return await acted(request, work, refused=lambda error: _offer_page(request, offer_id, error))

    @post("/disputes/{dispute_id:uuid}/withdraw")
    async def withdraw(self, request: MarketRequest, dispute_id: FromPath[UUID]) -> Response[Any]:
        """Take a dispute back. Raises: NotFound, DisputeClosed."""

        async def work() -> str:
            await form(request, WithdrawForm)
            one = await service.withdraw(dispute_id, actor=actor(request), now=clock.now())
            return f"/supplier/offers/{one.offer_id}/dispute"

        async def refused(error: DomainError) -> Response[Any]:
            raise error

        return await acted(request, work, refused=refused)


class OperatorDisputePages(Controller):
    """The operator's side."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def waiting(self, request: MarketRequest) -> Response[Any]:
        """Show every supplier's disputes, those that wait first. Raises: BadCursor."""
        return await _list(request)

    @post("/{dispute_id:uuid}/decision")
    async def decide(self, request: MarketRequest, dispute_id: FromPath[UUID]) -> Response[Any]:
        """Accept or refuse a dispute. Raises: NotFound."""

        async def work() -> str:
            sent = await form(request, DecisionForm)
            await service.decide(dispute_id, DecisionIn(sent.act, sent.version, sent.answer), actor=actor(request), now=clock.now())
            return f"{PLACE}?stored={sent.act}"

        return await acted(request, work, refused=lambda error: _list(request, dispute_id, error))


async def _offer_page(request: MarketRequest, offer_id: UUID, error: DomainError | None = None) -> Response[Any]:
    who = actor(request)
    offer = await offers.own_offer(offer_id, actor=who, now=clock.now())
    found = await service.of_offer(offer_id, actor=who)
    return render(
        request,
        "disputes/offer.html",
        offer=offer.fact,
        product_title=offer.product_title,
        disputes=found,
        states=STATES,
        is_open=any(one.state == "open" for one in found),
        may_act=bool(who.roles & {"owner", "catalogue"}),
        values=Fields({} if error is None else await form_values(request)),
        errors=Fields() if error is None else told(error, request),
        status=200 if error is None else error.status,
    )


async def _list(request: MarketRequest, chosen: UUID | None = None, error: DomainError | None = None) -> Response[Any]:
    cursor = request.query_params.get("cursor", "")
    places = places_of(request, "disputes page", Place)
    found, following = await service.all_of_them(actor=actor(request), after=places.behind(cursor), limit=PAGE_LENGTH)
    return render(
        request,
        "disputes/operator.html",
        disputes=found,
        cursor=cursor,
        next_cursor=places.cursor(following),
        alike=await service.alike(found),
        states=STATES,
        may_decide="admin" in actor(request).roles,
        chosen=chosen,
        values=Fields({} if error is None else await form_values(request)),
        errors=Fields() if error is None else told(error, request),
        status=200 if error is None else error.status,
    )


async def _waiting(who: Any) -> int:
    return await service.count_open(actor=who)


PAGES: tuple[Any, ...] = (DisputePages, OperatorDisputePages)
KEEPERS = ("supplier:owner", "supplier:catalogue")
POLICIES = (
    Policy("GET /supplier/offers/{offer_id:uuid}/dispute", ("supplier",), sample="offer"),
    Policy("POST /supplier/offers/{offer_id:uuid}/dispute", KEEPERS, sample="offer", acts=True),
    Policy("POST /supplier/disputes/{dispute_id:uuid}/withdraw", KEEPERS, sample="dispute", acts=True),
    Policy("GET /operator/disputes", ("operator",)),
    Policy("POST /operator/disputes/{dispute_id:uuid}/decision", ("operator:admin",), sample="dispute", acts=True),
)
NAV = (Nav(lazy("Disputes"), PLACE, ("operator",), 37, _waiting, group="catalogue"),)
