"""Owns the table of exchange rates."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Numeric, Text, Timestamptz
from piccolo.table import Table


class FxRate(Table, tablename="fx_rates", schema="kernel"):
    """What one unit of `base` cost in `quote` at a moment; appended only."""

    id = UUID(primary_key=True, default=None)
    base = Text(default=None, null=False)
    quote = Text(default=None, null=False)
    rate = Numeric(digits=(20, 10), default=None, null=False)
    provider = Text(default=None, null=False)
    as_of = Timestamptz(default=None, null=False)
    is_fixed = Boolean(default=False, null=False)
