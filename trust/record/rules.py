"""Owns the pure rules of contesting: which events stand, and what may be said against them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.i18n import lazy
from marketplace.kernel.names import unseen
from trust.record.schemas import ContestIn, KnownOut

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from trust.record.schemas import ContestForm, ContestOut, DecisionIn
    from trust.score.schemas import Event, EventOut

ATTEMPTS_MAX = 3
# That an order was placed counts for nobody; what followed does.
CONTESTABLE = ("accepted", "refused", "timed_out", "cancelled", "delivered")
NEEDED = lazy("Say why, in a sentence or two.")


def standing(events: Iterable[Event]) -> dict[str, Event]:
    """Give the events of one order that stand and may be contested, by kind: the latest version of each, unless that took it back."""
    latest: dict[str, Event] = {}
    for event in events:
        if event.kind in CONTESTABLE and (event.kind not in latest or latest[event.kind].version < event.version):
            latest[event.kind] = event
    return {kind: latest[kind] for kind in CONTESTABLE if kind in latest and not latest[kind].is_void}


def is_delivery_missing(counted: EventOut, events: Iterable[Event]) -> bool:
    """Tell whether an order counts as late because no delivery of it stands, so that its day may be said."""
    return counted.on_time == "no" and "delivered" not in standing(events)


def known(events: Iterable[Event], contests: Sequence[ContestOut]) -> list[KnownOut]:
    """Tell what is known of an order in the order in which it became known, marked where it is contested; `contests` come latest first."""
    marks = {(str(one.kind), one.event_version): one.state for one in reversed(contests)}
    rows = sorted(events, key=lambda one: (one.recorded_at, one.at, one.kind, one.version))
    names = [name for name in KnownOut.__struct_fields__ if name != "contest"]
    return [KnownOut(**{name: getattr(one, name) for name in names}, contest=marks.get((one.kind, one.version), "")) for one in rows]


def typed(sent: ContestForm) -> ContestIn:
    """Give what was typed as it is contested. Raises: InvalidInput beside each field that was left out."""
    errors = []
    if not sent.kind:
        errors.append(FieldError("/kind", "kind-needed", lazy("Choose what is wrong.")))
    if not sent.wrong:
        errors.append(FieldError("/wrong", "wrong-needed", lazy("Say what is wrong with it.")))
    if not sent.reason.strip():
        errors.append(FieldError("/reason", "reason-needed", NEEDED))
    if errors or not sent.kind or not sent.wrong:
        raise InvalidInput(errors=tuple(errors))
    return ContestIn(kind=sent.kind, wrong=sent.wrong, delivered_on=sent.delivered_on if sent.wrong == "date" else None, reason=sent.reason)


def contested(sent: ContestIn, events: Sequence[Event], *, today: date, is_missing: bool) -> ContestIn:
    """Give what is contested with its words in one line; with `is_missing` the day of a delivery may be said though none stands.

    Raises: InvalidInput for an event that does not stand, another day that cannot be, the same day, or no reason.
    """
    event = standing(events).get(sent.kind)
    is_missing = is_missing and sent.kind == "delivered"
    errors = [] if event or is_missing else [FieldError("/kind", "no-such-event", lazy("Nothing of this kind stands of the order."))]
    if is_missing and sent.wrong == "void":
        errors.append(FieldError("/wrong", "no-such-event", lazy("No delivery is known; say on which day it was.")))
    errors += _of_day(sent, event, placed=min((one.at.date() for one in events), default=today), today=today)
    reason = " ".join(sent.reason.split())
    if not reason:
        errors.append(FieldError("/reason", "reason-needed", NEEDED))
    elif not reason.isprintable():
        errors.append(unseen("/reason"))
    if errors:
        raise InvalidInput(errors=tuple(errors))
    return msgspec.structs.replace(sent, reason=reason)


def _of_day(sent: ContestIn, event: Event | None, *, placed: date, today: date) -> list[FieldError]:
    if sent.wrong == "void":
        return [FieldError("/delivered_on", "no-day", lazy("A day belongs to another day of delivery only."))] if sent.delivered_on else []
    if sent.kind != "delivered":
        return [FieldError("/wrong", "no-day", lazy("Only a delivery has another day; say that the rest was not so."))]
    if sent.delivered_on is None:
        return [FieldError("/delivered_on", "day-needed", lazy("Say on which day it was delivered."))]
    if not placed <= sent.delivered_on <= today:
        message = lazy("The day lies between the order and today.")
        return [FieldError("/delivered_on", "impossible-day", message)]
    if event is not None and event.delivered_on == sent.delivered_on:
        return [FieldError("/delivered_on", "same-day", lazy("This is the day that is known already."))]
    return []


def version_of(kind: str, events: Iterable[Event]) -> int | None:
    """Give the latest version of a kind of event that is known of an order, None where none is."""
    return max((one.version for one in events if one.kind == kind), default=None)


def answered(contest: ContestOut, *, delivered_on: date | None, is_void: bool) -> str:
    """Say how a correction answers a contest of the same event: it does what was asked for, or something else."""
    is_asked = is_void if contest.wrong == "void" else not is_void and delivered_on == contest.delivered_on
    return "accepted" if is_asked else "corrected"


def decided(sent: DecisionIn) -> DecisionIn:
    """Give an answer with its words in one line. Raises: InvalidInput for a refusal without a reason."""
    answer = " ".join(sent.answer.split())
    if sent.outcome == "declined" and not answer:
        raise InvalidInput(errors=(FieldError("/answer", "reason-needed", NEEDED),))
    if not answer.isprintable():
        raise InvalidInput(errors=(unseen("/answer"),))
    return msgspec.structs.replace(sent, answer=answer)
