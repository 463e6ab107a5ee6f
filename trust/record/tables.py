"""Owns the tables of what suppliers contest of their score, and of the operator's answers; rows are only ever added to both."""

from piccolo.columns import UUID, Date, Integer, Text, Timestamptz
from piccolo.table import Table


class Contest(Table, tablename="contests", schema="trust"):
    """What a supplier says is wrong with one version of an event: another day of delivery, or that it was not so. Each try has its number.

    A delivery of which nothing is known has no version.
    """

    id = UUID(primary_key=True, default=None)
    supplier_id = UUID(null=False, default=None)
    order_id = UUID(null=False, default=None)
    order_number = Text(null=False, default="")
    kind = Text(null=False, default=None)
    event_version = Integer(null=True, default=None)
    attempt = Integer(null=False, default=1)
    wrong = Text(null=False, default=None)
    delivered_on = Date(null=True, default=None)
    reason = Text(null=False, default=None)
    stated_by = Text(null=False, default=None)
    stated_at = Timestamptz(null=False, default=None)


class ContestDecision(Table, tablename="contest_decisions", schema="trust"):
    """The operator's one answer to a contest."""

    contest_id = UUID(primary_key=True, default=None)
    supplier_id = UUID(null=False, default=None)
    outcome = Text(null=False, default=None)
    answer = Text(null=False, default="")
    decided_by = Text(null=False, default=None)
    decided_at = Timestamptz(null=False, default=None)
