"""Owns the tables of state machines: the log of states and the edges that are allowed."""

from __future__ import annotations

from piccolo.columns import UUID, Integer, Text, Timestamptz
from piccolo.table import Table


class StateLog(Table, tablename="state_log", schema="kernel"):
    """One change of state; the key is (entity, entity_id, seq) and `seq` has no gap. A birth comes from the state "".

    Ids and states only: a reason in somebody's words stands with the thing, behind its row security, and in the audit.
    """

    entity = Text(primary_key=True, default=None)
    entity_id = UUID(default=None, null=False)
    seq = Integer(default=1, null=False)
    from_state = Text(default="", null=False)
    to_state = Text(default=None, null=False)
    principal = Text(default=None, null=False)
    at = Timestamptz(default=None, null=False)


class AllowedEdge(Table, tablename="allowed_edges", schema="kernel"):
    """One edge of one machine, from the same source as the code: (entity, from_state, to_state)."""

    entity = Text(primary_key=True, default=None)
    from_state = Text(default="", null=False)
    to_state = Text(default=None, null=False)
