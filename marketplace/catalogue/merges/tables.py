"""Owns the table of merges; where a merged product leads stands in its own row."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, Text, Timestamptz
from piccolo.table import Table


class Merge(Table, tablename="merges", schema="catalogue"):
    """One product merged into another; `snapshot` is what was changed and lent, for the undoing. Rows are kept for good."""

    id = UUID(primary_key=True, default=None)
    kept_id = UUID(null=False, default=None)
    gone_id = UUID(null=False, default=None)
    reason = Text(null=False, default=None)
    snapshot = JSONB(null=False, default="{}")
    actor = Text(null=False, default=None)
    at = Timestamptz(null=False, default=None)
    undone_by = Text(null=False, default="")
    undone_at = Timestamptz(null=True, default=None)
