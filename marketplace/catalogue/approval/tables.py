"""Owns the table of approval rules."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Integer, SmallInt, Text, Timestamptz
from piccolo.table import Table


class ApprovalRule(Table, tablename="approval_rules", schema="catalogue"):
    """A rule for one field, of one supplier or of all. A rule is ended and another made; what it once accepted goes on naming it by its number."""

    id = UUID(primary_key=True, default=None)
    number = Integer(null=False, default=None, unique=True)
    field = Text(null=False, default=None)
    supplier_id = UUID(null=True, default=None)
    is_automatic = Boolean(null=False, default=True)
    accepted_min = Integer(null=False, default=20)
    percent_min = SmallInt(null=False, default=95)
    reason = Text(null=False, default=None)
    made_by = Text(null=False, default=None)
    made_at = Timestamptz(null=False, default=None)
    ended_by = Text(null=False, default="")
    ended_at = Timestamptz(null=True, default=None)
