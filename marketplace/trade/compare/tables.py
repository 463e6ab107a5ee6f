"""Owns the table of ranking versions."""

from piccolo.columns import JSONB, UUID, Integer, Text, Timestamptz
from piccolo.table import Table


class RankingVersion(Table, tablename="ranking_versions", schema="trade"):
    """A published set of weights, append-only; in force is the latest whose time has come."""

    id = UUID(primary_key=True, default=None)
    version = Integer(null=False, default=None, unique=True)
    weights = JSONB(null=False, default=None)
    in_force_from = Timestamptz(null=False, default=None)
    actor = Text(null=False, default=None)
    reason = Text(null=False, default="")
