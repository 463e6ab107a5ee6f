"""Owns what the demo's suppliers contest of their records: one answer each way, and some that wait for the operator."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from trust.record import service as records
from trust.record.schemas import ContestIn, DecisionIn
from trust.score import service as score

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.world.market import Market

NOTE = "The signed delivery note bears the promised day; the parcel service scanned it only when its round was over."
BACK = "The buyer rang and took the order back before we had packed it."
# By supplier: what is contested of its latest late orders in turn, how many days ago, and the operator's answer.
SAID = {
    "nordwind": (("date", NOTE, 12, "accepted", "Seen on the note."), ("void", BACK, 9, "declined", "The log of the order shows no cancellation."), ("date", NOTE, 2, None, "")),
    "saigonparts": (("date", NOTE, 1, None, ""),),
}  # fmt: skip


async def contest_records(market: Market, *, now: datetime) -> None:
    """Let the suppliers that visitors sign in for contest late orders, and let the operator answer some."""
    for one in market.suppliers:
        said = SAID.get(one.profile.key, ())
        if not said:
            continue
        actor, supplier_id = one.login.actor, one.login.organisation_id
        rows = await score.orders_counted(supplier_id, actor=actor, now=now)
        known_by = now.date() - timedelta(days=max(days for _, _, days, _, _ in said) + 1)
        late = [
            row
            for row in rows
            if row.on_time == "no" and row.promised_on is not None and row.delivered_on is not None and row.delivered_on < known_by
        ]
        for row, (wrong, reason, days, outcome, answer) in zip(late, said, strict=False):
            at = now - timedelta(days=days)
            sent = ContestIn(kind="delivered", wrong="date", delivered_on=row.promised_on, reason=reason)
            if wrong == "void":
                sent = ContestIn(kind="accepted", wrong="void", reason=reason)
            record = await records.state(row.order_id, sent=sent, actor=actor, now=at)
            if outcome is not None:
                decision = DecisionIn(outcome="accepted" if outcome == "accepted" else "declined", answer=answer)
                await records.decide(record.contests[0].id, sent=decision, actor=market.operator.actor, now=at + timedelta(hours=20))
