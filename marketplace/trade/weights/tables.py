"""Owns the tables of weights."""

from piccolo.columns import JSONB, UUID, Boolean, Integer, Text, Timestamptz
from piccolo.table import Table


class RankingVersion(Table, tablename="ranking_versions", schema="trade"):
    """A published set of weights, append-only; in force is the latest whose time has come."""

    id = UUID(primary_key=True, default=None)
    version = Integer(null=False, default=None, unique=True)
    weights = JSONB(null=False, default=None)
    in_force_from = Timestamptz(null=False, default=None)
    actor = Text(null=False, default=None)
    reason = Text(null=False, default="")


class OwnWeights(Table, tablename="own_weights", schema="trade"):
    """What an organisation keeps for its own view, in thousandths of a point; what it was before stands in the audit."""

    organisation_id = UUID(primary_key=True, default=None)
    weights = JSONB(null=False, default=None)
    is_used = Boolean(null=False, default=True)
    version = Integer(null=False, default=1)
    changed_at = Timestamptz(null=False, default=None)
    changed_by = Text(null=False, default=None)
