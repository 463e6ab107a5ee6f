"""Owns the shapes of a supplier's life: what may be done to it, what that does, and what was done."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from marketplace.kernel.i18n import lazy
from marketplace.kernel.money import Money
from marketplace.kernel.versions import Version

Act = Literal["pause", "reopen", "close", "cancel_closure", "suspend", "lift", "give_notice", "withdraw_notice", "end"]
Reason = Annotated[str, msgspec.Meta(max_length=4000)]
# What a reader sees of each act: as something to do, and as something done.
ACT_WORDS = {
    "pause": (lazy("Pause"), lazy("Paused")),
    "reopen": (lazy("Reopen"), lazy("Reopened")),
    "close": (lazy("Plan a closure"), lazy("Closure planned")),
    "cancel_closure": (lazy("Drop the planned closure"), lazy("Closure dropped")),
    "suspend": (lazy("Suspend"), lazy("Suspended by the operator")),
    "lift": (lazy("Lift the suspension"), lazy("Suspension lifted")),
    "give_notice": (lazy("Give notice"), lazy("Notice of termination given")),
    "withdraw_notice": (lazy("Withdraw the notice"), lazy("Notice withdrawn")),
    "end": (lazy("End it now"), lazy("Terminated")),
}


class LifeChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One act on a supplier's life, with the reason that is kept and shown to the supplier, at the version that was looked at.

    A closure takes its first and last day. A notice takes the first day on which the supplier no longer sells; without it, 30 days from now.
    """

    act: Act
    reason: Reason
    version: Version
    closed_from: date | None = None
    closed_to: date | None = None
    ends_on: date | None = None


class LifeForm(msgspec.Struct, kw_only=True):
    """The same as typed."""

    act: Act
    reason: Reason = ""
    version: int = 0
    closed_from: date | None = None
    closed_to: date | None = None
    ends_on: date | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a supplier stands, read under its lock. `today` is the date in its time zone; `is_barred` while its organisation is not active."""

    supplier_id: UUID
    name: str
    state: str
    closed_from: date | None
    closed_to: date | None
    ends_on: date | None
    version: int
    is_barred: bool
    today: date

    @property
    def is_closed(self) -> bool:
        """Tell whether a planned closure covers today."""
        return self.closed_from is not None and self.closed_to is not None and self.closed_from <= self.today <= self.closed_to

    @property
    def is_over(self) -> bool:
        """Tell whether a notice has run out."""
        return self.ends_on is not None and self.ends_on <= self.today


class ActOut(msgspec.Struct, kw_only=True):
    """One act that was done, with its reason; `by` is "supplier" or "operator"."""

    act: str
    from_state: str
    to_state: str
    closed_from: date | None
    closed_to: date | None
    ends_on: date | None
    reason: str
    by: str
    at: datetime


class LifeOut(msgspec.Struct, kw_only=True):
    """How a supplier stands. It sells while `sells` is true: open, outside a planned closure and before the end of a notice.

    `ends_on` is the first day without sales after a notice, whose `statement` tells the reasons. Past that day the supplier stays in notice
    while `held_by` names what is still open. `possible` are the acts that the reader may do now; `log` the latest acts, newest first.
    """

    supplier_id: UUID
    name: str
    state: str
    sells: bool
    is_closed: bool
    closed_from: date | None
    closed_to: date | None
    ends_on: date | None
    statement: str
    held_by: list[str]
    version: int
    possible: list[str]
    log: list[ActOut]


class EffectsOut(msgspec.Struct, kw_only=True):
    """What an act does, counted now: nothing is changed by asking.

    `selling` tells what becomes of the `offers` that sell whenever the supplier does: "stops" now, "stops-later" on the days that the act names,
    "resumes", "stays-on" or "stays-off"; `kept_by` names what keeps them off sale afterwards: barred, paused, suspended, closed, notice-over. `carts` open carts of buyers hold some of them, `open_orders` go on to be delivered,
    and `money_due` is what buyers still owe for the supplier's orders, by currency. The last three are null while nobody answers for them.
    """

    act: str
    state: str
    becomes: str
    stops_selling: bool
    selling: str
    kept_by: list[str]
    closed_from: date | None
    closed_to: date | None
    offers: int
    carts: int | None
    open_orders: int | None
    money_due: list[Money] | None
    earliest_end: date
    version: int
