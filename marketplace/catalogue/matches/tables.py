"""Owns the tables of matches: keys by which products meet, and pairs that may be the same."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, SmallInt, Text, Timestamptz
from piccolo.table import Table


class MatchKey(Table, tablename="match_keys", schema="catalogue"):
    """A key of a product by which it meets others: kind gtin, part_number (with the brand) or title (the brand and the telling words)."""

    product_id = UUID(primary_key=True, default=None)
    kind = Text(null=False, default=None)
    key = Text(null=False, default=None)


class MatchCandidate(Table, tablename="match_candidates", schema="catalogue"):
    """Two products that may be the same, the lower id first. `score` is 0 to 100; `evidence` tells field by field what agrees and what does not.

    `pattern` names the fields that agree and those that do not, so that pairs that look alike are decided together.
    """

    id = UUID(null=False, unique=True, default=None)
    low_id = UUID(primary_key=True, default=None)
    high_id = UUID(null=False, default=None)
    kind = Text(null=False, default=None)
    score = SmallInt(null=False, default=None)
    pattern = Text(null=False, default=None)
    evidence = JSONB(null=False, default="[]")
    state = Text(null=False, default="open")
    found_at = Timestamptz(null=False, default=None)
    decided_by = Text(null=False, default="")
    decided_at = Timestamptz(null=True, default=None)
