"""Owns the rules of a supplier's life: its states, who may do what in which of them, and the dates of closures and notices. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.i18n import lazy
from marketplace.kernel.machine.schemas import Machine
from marketplace.kernel.ports import Ties
from vendors.life.errors import NotPossibleNow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from marketplace.kernel.money import Money
    from vendors.life.schemas import ActOut, LifeChange, Standing

MACHINE: Final = Machine(
    entity="supplier",
    edges={
        "open": ("paused", "suspended", "terminated"),
        "paused": ("open", "suspended", "terminated"),
        "suspended": ("open", "paused", "terminated"),
    },
    initial=("open",),
)
OWN_ACTS: Final = ("pause", "reopen", "close", "cancel_closure")
OPERATOR_ACTS: Final = ("suspend", "lift", "give_notice", "withdraw_notice", "end")
# An act that is not here leaves the state as it is; what a lifted suspension leads back to is what was before it.
BECOMES: Final = {"pause": "paused", "reopen": "open", "suspend": "suspended", "end": "terminated"}
# What these stop, they stop on days that are still to be named.
STOP_LATER: Final = frozenset({"close", "give_notice"})
# Regulation (EU) 2019/1150, article 4 (2): thirty days before a termination takes effect, with a statement of reasons.
NOTICE: Final = timedelta(days=30)
NOTICE_MAX: Final = timedelta(days=366)
CLOSURE_DAYS_MAX: Final = 366
AHEAD_MAX: Final = timedelta(days=731)
REASON_MAX: Final = 4000
# What keeps a supplier in its notice after the notice has run out.
HELD_WORDS: Final = {
    "open-orders": lazy("orders are open"),
    "money-due": lazy("money is due"),
    "unanswered": lazy("nobody can tell what it is tied to"),
}


def possible(standing: Standing) -> tuple[str, ...]:
    """Give every act that the supplier's state has a place for, whoever does it."""
    state = standing.state
    if state == "terminated":
        return ()
    is_noticed = standing.ends_on is not None
    found = (
        ("pause", state == "open"),
        ("reopen", state == "paused"),
        ("close", True),
        ("cancel_closure", standing.closed_to is not None and standing.closed_to >= standing.today),
        ("suspend", state in {"open", "paused"}),
        ("lift", state == "suspended"),
        ("give_notice", not is_noticed),
        ("withdraw_notice", is_noticed),
        ("end", standing.is_over),
    )
    return tuple(act for act, holds in found if holds)


def check_possible(act: str, standing: Standing) -> None:
    """Refuse an act that the state has no place for. Raises: NotPossibleNow with what is possible."""
    if act not in possible(standing):
        raise NotPossibleNow(extra={"current": standing.state, "allowed": list(possible(standing))})


def checked_reason(reason: str) -> str:
    """Give the reason with its lines kept. Raises: InvalidInput for a blank one, a very long one, or one with what cannot be seen."""
    lines = [" ".join(line.split()) for line in reason.strip().splitlines()]
    text = "\n".join(lines)
    if not text or len(text) > REASON_MAX or not all(line.isprintable() for line in lines):
        raise InvalidInput(errors=(FieldError("/reason", "reason-needed", "Say why, in 1 to {limit} characters.", {"limit": REASON_MAX}),))
    return text


def checked_dates(change: LifeChange, *, today: date) -> tuple[date | None, date | None, date | None]:
    """Give (closed from, closed to, ends on) of an act; dates that the act does not take are not looked at.

    Raises: InvalidInput at each date that is missing, over, too far off or in the wrong order.
    """
    if change.act == "close":
        return (*_closure(change.closed_from, change.closed_to, today=today), None)
    if change.act == "give_notice":
        return None, None, _end(change.ends_on, today=today)
    return None, None, None


def _closure(first: date | None, last: date | None, *, today: date) -> tuple[date, date]:
    errors = []
    if first is None or not today <= first <= today + AHEAD_MAX:
        errors.append(FieldError("/closed_from", "not-coming", "Give a day from today on, at most two years ahead."))
    if last is None:
        errors.append(FieldError("/closed_to", "missing", "Give the last day of the closure."))
    elif first is not None and not errors and not first <= last < first + timedelta(days=CLOSURE_DAYS_MAX):
        message = "The last day lies on or after the first, at most {days} days in all."
        errors.append(FieldError("/closed_to", "ends-before-start", message, {"days": CLOSURE_DAYS_MAX}))
    if errors or first is None or last is None:
        raise InvalidInput(errors=tuple(errors))
    return first, last


def _end(wanted: date | None, *, today: date) -> date:
    end = wanted or today + NOTICE
    if not today + NOTICE <= end <= today + NOTICE_MAX:
        message = "A notice runs for at least 30 days and at most a year: {first} is the earliest day."
        raise InvalidInput(errors=(FieldError("/ends_on", "notice-too-short", message, {"first": today + NOTICE}),))
    return end


def after(act: str, standing: Standing, dates: tuple[date | None, date | None, date | None]) -> tuple[tuple[date | None, date | None], date | None]:
    """Give the planned closure and the end of the notice as they stand after an act."""
    closure = (standing.closed_from, standing.closed_to)
    if act == "close":
        closure = (dates[0], dates[1])
    elif act == "cancel_closure":
        closure = (None, None)
    ends_on = {"give_notice": dates[2], "withdraw_notice": None}.get(act, standing.ends_on)
    return closure, ends_on


def off_sale(standing: Standing) -> tuple[str, ...]:
    """Name everything that keeps a supplier's offers off sale today; empty while it sells."""
    found = (
        ("barred", standing.is_barred),
        ("paused", standing.state == "paused"),
        ("suspended", standing.state == "suspended"),
        ("closed", standing.is_closed),
        ("notice-over", standing.is_over),
    )
    return tuple(code for code, holds in found if holds)


def outlook(act: str, standing: Standing, *, becomes: str) -> tuple[str, tuple[str, ...]]:
    """Give what an act does to sales, from whether the supplier sells before and after it, and what keeps it off sale afterwards.

    The days of a closure or notice are not known yet: what sells until then "stops-later".
    """
    closure, ends_on = after(act, standing, (None, None, None))
    then = msgspec.structs.replace(standing, state=becomes, closed_from=closure[0], closed_to=closure[1], ends_on=ends_on)
    kept_by = off_sale(then)
    sells = not off_sale(standing)
    if kept_by:
        return "stops" if sells else "stays-off", kept_by
    if act in STOP_LATER:
        return "stops-later", ()
    return "stays-on" if sells else "resumes", ()


def before_suspension(acts: Sequence[ActOut]) -> str:
    """Give the state in which the latest suspension found the supplier: what lifting it leads back to. `acts` are newest first."""
    return next((act.from_state for act in acts if act.act == "suspend"), "open")


def summed(answers: Sequence[Ties]) -> Ties:
    """Sum what several packages say of a supplier's ties; amounts of one currency are added."""
    due: dict[str, Money] = {}
    for money in (money for answer in answers for money in answer.money_due):
        due[money.currency] = due[money.currency] + money if money.currency in due else money
    return Ties(
        carts=sum(answer.carts for answer in answers),
        open_orders=sum(answer.open_orders for answer in answers),
        money_due=tuple(due[currency] for currency in sorted(due)),
    )


def held_by(ties: Ties | None) -> list[str]:
    """Name what keeps a supplier whose notice has run out: open orders, money due; "unanswered" while nobody says."""
    if ties is None:
        return ["unanswered"]
    return ["open-orders"] * bool(ties.open_orders) + ["money-due"] * bool(ties.money_due)
