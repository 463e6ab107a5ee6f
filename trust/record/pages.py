"""Owns the pages of a supplier's own record, of contesting an event of it, and of the operator's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery

from marketplace.kernel import clock
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import own_organisation, settings_of
from marketplace.kernel.http.forms import Fields, acted, told
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy
from trust.record import service
from trust.record.schemas import KIND_WORDS, ContestForm, DecisionForm, DecisionIn
from trust.score import service as score
from vendors.accounts import service as accounts
from vendors.life import service as life

if TYPE_CHECKING:
    from marketplace.kernel.actor import Actor
    from marketplace.kernel.errors import DomainError

LIST_LENGTH = 50
# The record has its rates and months above its orders.
ORDERS_SHOWN = 20
CONTESTS_SHOWN = 10
PLACE = "/supplier/trust"
CONTESTS = "/operator/trust/contests"


class RecordPages(Controller):
    """A supplier's record, as itself and the operator read it."""

    include_in_schema = False

    @get(PLACE)
    async def own(self, request: MarketRequest, cursor: FromQuery[str | None] = None) -> Response[str]:
        """Show a supplier its own record: rates, how they moved over the months, and each order with how it counts. Raises: BadCursor."""
        if not await life.is_selling(own_organisation(request)):
            return render(request, "profile/not_yet.html", title=_("Your record"))
        return await _record(request, own_organisation(request), cursor=cursor)

    @get("/operator/suppliers/{supplier_id:uuid}/trust")
    async def of_supplier(self, request: MarketRequest, supplier_id: FromPath[UUID], cursor: FromQuery[str | None] = None) -> Response[str]:
        """Show the operator a supplier's record. Raises: NotFound, BadCursor."""
        return await _record(request, supplier_id, cursor=cursor)

    @get(f"{PLACE}/orders/{{order_id:uuid}}")
    async def order(self, request: MarketRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Show everything that is known of an order, what was contested, and the form to contest. Raises: NotFound."""
        return await _order_page(request, order_id)

    @post(f"{PLACE}/orders/{{order_id:uuid}}/contest")
    async def state(self, request: MarketRequest, order_id: FromPath[UUID]) -> Response[Any]:
        """Contest what was chosen of the order. Raises: NotFound."""

        async def work() -> str:
            sent = service.typed(await form(request, ContestForm))
            await service.state(order_id, sent=sent, actor=actor(request), now=clock.now())
            return f"{PLACE}/orders/{order_id}"

        return await acted(request, work, refused=lambda error: _order_page(request, order_id, error))


class ContestPages(Controller):
    """What suppliers contest, as the operator answers it."""

    path = CONTESTS
    include_in_schema = False

    @get("/")
    async def contests(self, request: MarketRequest, cursor: FromQuery[str | None] = None, which: FromQuery[str] = "open") -> Response[str]:
        """List what waits for an answer, the oldest first, or what has one. Raises: BadCursor."""
        secret, is_open = settings_of(request).secret_key, which != "decided"
        found = await service.contests(is_open=is_open, cursor=cursor, limit=LIST_LENGTH, secret=secret, actor=actor(request))
        return render(request, "record/contests.html", page=Page(*found), is_open=is_open, kinds=KIND_WORDS)

    @get("/{contest_id:uuid}")
    async def contest(self, request: MarketRequest, contest_id: FromPath[UUID]) -> Response[str]:
        """Show what is contested beside everything known of the order, and the form to answer. Raises: NotFound."""
        return await _contest_page(request, contest_id)

    @post("/{contest_id:uuid}/decision")
    async def decide(self, request: MarketRequest, contest_id: FromPath[UUID]) -> Response[Any]:
        """Accept or decline. Raises: NotFound."""

        async def work() -> str:
            sent = await form(request, DecisionForm)
            await service.decide(contest_id, sent=DecisionIn(outcome=sent.outcome, answer=sent.answer), actor=actor(request), now=clock.now())
            return f"{CONTESTS}/{contest_id}"

        return await acted(request, work, refused=lambda error: _contest_page(request, contest_id, error))


async def _record(request: MarketRequest, supplier_id: UUID, *, cursor: str | None) -> Response[str]:
    now, who, secret = clock.now(), actor(request), settings_of(request).secret_key
    found = await accounts.supplier(supplier_id, now=now)
    months = await score.history(found.id, now=now)
    rows = await service.page_of_orders(found.id, cursor=cursor, limit=ORDERS_SHOWN, secret=secret, actor=who, now=now)
    is_own = who.organisation_id == found.id
    contests = (await service.my_contests(cursor=None, limit=CONTESTS_SHOWN, secret=secret, actor=who))[0] if is_own else []
    return render(
        request, "record/record.html", supplier=found, rates=score.told(found.id, months[-1]), months=months[::-1], page=Page(rows[0], rows[1]),
        total=rows[2], counted=_counted(), is_own=is_own, contests=contests, kinds=KIND_WORDS, may=_may_contest(who),
    )  # fmt: skip


async def _order_page(request: MarketRequest, order_id: UUID, error: DomainError | None = None) -> Response[Any]:
    who = actor(request)
    record = await service.order_record(order_id, supplier_id=own_organisation(request), actor=who, now=clock.now())
    errors = Fields() if error is None else told(error, request)
    return render(
        request, "record/order.html", record=record, counted=_counted(), kinds=KIND_WORDS, may=_may_contest(who), stands=service.stands(record),
        may_say_day=service.may_say_day(record), values=Fields(await form_values(request) if error is not None else {}), errors=errors, status=200 if error is None else error.status,
    )  # fmt: skip


async def _contest_page(request: MarketRequest, contest_id: UUID, error: DomainError | None = None) -> Response[Any]:
    who, now = actor(request), clock.now()
    found = await service.contest(contest_id, actor=who)
    errors = Fields() if error is None else told(error, request)
    return render(
        request, "record/contest.html", contest=found, kinds=KIND_WORDS, may="admin" in who.roles, counted=_counted(),
        record=await service.order_record(found.order_id, supplier_id=found.supplier_id, actor=who, now=now),
        values=Fields(await form_values(request) if error is not None else {}), errors=errors, status=200 if error is None else error.status,
    )  # fmt: skip


def _may_contest(who: Actor) -> bool:
    return "supplier" in who.capacities and bool(who.roles & service.KEEPERS)


def _counted() -> dict[str, tuple[str, str]]:
    """Word how an order counts, each with its tone."""
    return {
        "yes": (_("counts for it"), "ok"),
        "no": (_("counts against it"), "late"),
        "under-way": (_("not due yet"), "run"),
        "cancelled": (_("cancelled, does not count"), "off"),
        "no-promise": (_("no date promised, does not count"), "off"),
        "not-accepted": (_("not accepted, does not count"), "off"),
        "unanswered": (_("not answered yet"), "wait"),
        "outside": (_("older than the window"), "off"),
    }


async def _waiting(who: Actor) -> int:
    return await service.count_waiting(who)


KEEPERS = ("supplier:owner", "supplier:sales", "supplier:fulfilment")
PAGES: tuple[Any, ...] = (RecordPages, ContestPages)
POLICIES = (
    Policy(f"GET {PLACE}", ("supplier",)),
    Policy("GET /operator/suppliers/{supplier_id:uuid}/trust", ("operator",), sample="supplier"),
    Policy(f"GET {PLACE}/orders/{{order_id:uuid}}", ("supplier",), sample="counted_order"),
    Policy(f"POST {PLACE}/orders/{{order_id:uuid}}/contest", KEEPERS, sample="counted_order", acts=True),
    Policy(f"GET {CONTESTS}", ("operator",)),
    Policy(f"GET {CONTESTS}/{{contest_id:uuid}}", ("operator",), sample="contest"),
    Policy(f"POST {CONTESTS}/{{contest_id:uuid}}/decision", ("operator:admin",), sample="contest", acts=True),
)
NAV = (Nav(lazy("Your record"), PLACE, ("supplier",), 55), Nav(lazy("Contests"), CONTESTS, ("operator",), 21, _waiting))
