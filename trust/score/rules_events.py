"""Owns what events come to: folded into the outcome of each order, and counted as of any moment. Pure; the same counting stands in SQL."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from trust.score.rules import WINDOW_DAYS
from trust.score.schemas import Counts, Event, EventOut, Outcome, Response, Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from trust.score.schemas import Correction

HUNDREDTH = Decimal("0.01")
SECONDS_OF_TWO_HOURS = 7200
FIRST_CORRECTION = 2
ANSWERS = frozenset({"refused", "timed_out"})


def fold(events: Iterable[Event], *, as_of: datetime | None = None) -> list[Outcome]:
    """Fold events into the outcome of each order, in the order of their ids, as they were known at a moment (None: all).

    Of each kind the latest version counts, and nothing of it when that takes it back. The order in which events come does not matter.
    """
    latest: dict[tuple[UUID, str], Event] = {}
    for event in events:
        key = (event.order_id, event.kind)
        if (as_of is None or event.recorded_at <= as_of) and (key not in latest or latest[key].version < event.version):
            latest[key] = event
    found: dict[UUID, Outcome] = {}
    for event in sorted(latest.values(), key=lambda one: (str(one.order_id), one.kind)):
        outcome = found.get(event.order_id)
        if outcome is None:
            outcome = found[event.order_id] = Outcome(order_id=event.order_id, supplier_id=event.supplier_id, buyer_id=event.buyer_id)
        if not event.is_void:
            _take(outcome, event)
    return list(found.values())


def corrected(events: Sequence[Event], said: Correction, *, event_id: UUID, by: str, now: datetime) -> Event | None:
    """Give the next version of what is known of an order, None where nothing of this kind is.

    Of an accepted order a delivery may be said of which nothing is known. It is the second version, so that what becomes known later has its
    place before it; it counts as of noon of its day, where the goods went, and of now at the latest.
    """
    of_kind = [one for one in events if one.kind == said.kind]
    if of_kind:
        last = max(of_kind, key=lambda one: one.version)
        return replace(
            last, id=event_id, version=last.version + 1, is_void=said.is_void, reason=said.reason, actor=by, recorded_at=now,
            delivered_on=said.delivered_on or last.delivered_on,
        )  # fmt: skip
    accepted = max((one for one in events if one.kind == "accepted"), key=lambda one: one.version, default=None)
    if said.kind != "delivered" or said.delivered_on is None or said.is_void or accepted is None or accepted.is_void:
        return None
    noon = datetime.combine(said.delivered_on, time(12), ZoneInfo(accepted.time_zone))
    return Event(
        id=event_id, order_id=accepted.order_id, supplier_id=accepted.supplier_id, buyer_id=accepted.buyer_id, kind=said.kind,
        version=FIRST_CORRECTION, at=min(noon, now), delivered_on=said.delivered_on, reason=said.reason, actor=by, recorded_at=now,
    )  # fmt: skip


def _take(outcome: Outcome, event: Event) -> None:
    outcome.placed_at = event.at if event.kind == "placed" else outcome.placed_at or event.placed_at
    if event.kind == "placed":
        outcome.category_id, outcome.order_number = event.category_id, event.order_number
    elif event.kind == "accepted":
        outcome.accepted_at, outcome.promised_on, outcome.time_zone = event.at, event.promised_on, event.time_zone
    elif event.kind in ANSWERS:
        outcome.refused_at = max(event.at, outcome.refused_at or event.at)
        outcome.is_timed_out = outcome.is_timed_out or event.kind == "timed_out"
    elif event.kind == "cancelled":
        outcome.cancelled_at, outcome.cancelled_by = event.at, event.cancelled_by
    else:
        outcome.delivered_at, outcome.delivered_on = event.at, event.delivered_on


def on_time(outcome: Outcome, *, as_of: datetime) -> str:
    """Say how an order counts for being on time: "yes", "no", or why it does not count.

    It counts when it was accepted with a promise, was not cancelled, and has arrived or should have arrived; dates compare in the ship-to zone.
    """
    if not _is_in_window(outcome, as_of):
        return "outside"
    if outcome.accepted_at is None:
        return "not-accepted"
    if outcome.promised_on is None:
        return "no-promise"
    if outcome.cancelled_at is not None:
        return "cancelled"
    if outcome.delivered_on is not None:
        return "yes" if outcome.delivered_on <= outcome.promised_on else "no"
    is_past = outcome.promised_on < as_of.astimezone(ZoneInfo(outcome.time_zone)).date()
    return "no" if is_past else "under-way"


def acceptance(outcome: Outcome, *, as_of: datetime) -> str:
    """Say how an order counts for acceptance: "yes", "no" when it was refused or not answered in time, or why it does not count."""
    if not _is_in_window(outcome, as_of):
        return "outside"
    if outcome.accepted_at is not None:
        return "yes"
    return "no" if outcome.refused_at is not None else "cancelled" if outcome.cancelled_at is not None else "unanswered"


def _is_in_window(outcome: Outcome, as_of: datetime) -> bool:
    return outcome.placed_at is not None and as_of - timedelta(days=WINDOW_DAYS) < outcome.placed_at <= as_of


def tally(outcomes: Sequence[Outcome], *, as_of: datetime) -> Tally:
    """Count the outcomes of one supplier, by category, over the window that ends at a moment."""
    sums: dict[UUID | None, list[int]] = {}
    seconds = []
    for outcome in outcomes:
        if not _is_in_window(outcome, as_of):
            continue
        came, taken = on_time(outcome, as_of=as_of), acceptance(outcome, as_of=as_of)
        row = sums.setdefault(outcome.category_id, [0, 0, 0, 0])
        for place, is_so in enumerate((came == "yes", came in {"yes", "no"}, taken == "yes", taken in {"yes", "no"})):
            row[place] += is_so
        answered = outcome.accepted_at or outcome.refused_at
        if answered is not None and outcome.placed_at is not None and not outcome.is_timed_out:
            seconds.append((answered - outcome.placed_at) // timedelta(seconds=1))
    counts = tuple(Counts(key, *row) for key, row in sorted(sums.items(), key=lambda item: str(item[0])))
    return Tally(counts, _response(sorted(seconds)))


def _response(seconds: Sequence[int]) -> Response:
    """Give the median (of an even number the middle between two) and the quartiles: the answers at a quarter and at three quarters of their number."""
    if not seconds:
        return Response()
    n = len(seconds)
    middle = seconds[(n - 1) // 2] + seconds[n // 2]
    return Response(_half_hours(middle), n, _half_hours(2 * seconds[-(-n // 4) - 1]), _half_hours(2 * seconds[-(-3 * n // 4) - 1]))


def _half_hours(seconds: int) -> Decimal:
    return (Decimal(seconds) / SECONDS_OF_TWO_HOURS).quantize(HUNDREDTH, ROUND_HALF_UP)


def listed(outcomes: Iterable[Outcome], events: Iterable[Event], *, as_of: datetime) -> list[EventOut]:
    """Tell each order as the score counts it, the latest first."""
    corrections: dict[UUID, int] = {}
    for event in events:
        corrections[event.order_id] = corrections.get(event.order_id, 0) + (event.version > 1)
    rows = [
        EventOut(
            order_id=one.order_id, order_number=one.order_number, placed_at=one.placed_at, answered_at=one.accepted_at or one.refused_at,
            promised_on=one.promised_on, delivered_on=one.delivered_on, on_time=on_time(one, as_of=as_of), acceptance=acceptance(one, as_of=as_of),
            corrections=corrections.get(one.order_id, 0),
        )
        for one in outcomes
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row.placed_at is None, row.placed_at, str(row.order_id)), reverse=True)
