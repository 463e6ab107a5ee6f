"""Owns the SQL of the log of states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection
from marketplace.kernel.machine.schemas import Logged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.machine.schemas import Change

# Only staff read the log itself; the functions answer for one thing, to whoever knows its whole key.
# The caller holds the thing's row, by its conditional UPDATE or because it has just inserted it; the key refuses whoever does not.
INSERT = """
WITH changed AS MATERIALIZED (
  SELECT u.entity_id, kernel.last_seq($1, u.entity_id) + 1 AS seq, u.from_state, u.to_state
  FROM unnest($2::uuid[], $3::text[], $4::text[]) AS u (entity_id, from_state, to_state)),
logged AS (
  INSERT INTO kernel.state_log (entity, entity_id, seq, from_state, to_state, principal, at)
  SELECT $1, entity_id, seq, from_state, to_state, $5, $6 FROM changed)
SELECT entity_id, seq FROM changed
"""


async def insert(entity: str, changes: Sequence[Change], *, principal: str, now: datetime) -> dict[UUID, int]:
    """Append changes of different things in one statement and give each one's number."""
    columns = zip(*((change.entity_id, change.from_state, change.to_state) for change in changes), strict=True)
    rows = await connection().fetch(INSERT, entity, *columns, principal, now)
    return {row["entity_id"]: row["seq"] for row in rows}


async def history(entity: str, entity_id: UUID) -> list[Logged]:
    """Give a thing's changes, oldest first; a thing has a few dozen at most."""
    rows = await connection().fetch(
        "SELECT seq, from_state, to_state, principal, at FROM kernel.states_of($1, $2) ORDER BY seq LIMIT 500",
        entity,
        entity_id,
    )
    return [Logged(**row) for row in rows]


async def add_edges(rows: Sequence[tuple[str, str, str]]) -> int:
    """Add edges that the database does not have yet and give how many; an edge that the code dropped stays, because history has it."""
    entities, froms, tos = zip(*rows, strict=True)
    made = await connection().fetch(
        "INSERT INTO kernel.allowed_edges (entity, from_state, to_state) SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING RETURNING 1",
        *(entities, froms, tos),
    )
    return len(made)
