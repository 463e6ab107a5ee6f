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

# The caller holds the thing's row, by its conditional UPDATE or because it has just inserted it; the key refuses whoever does not.
INSERT = """
INSERT INTO kernel.state_log (entity, entity_id, seq, from_state, to_state, principal, at)
SELECT $1, u.entity_id, coalesce((SELECT max(l.seq) FROM kernel.state_log l WHERE l.entity = $1 AND l.entity_id = u.entity_id), 0) + 1,
  u.from_state, u.to_state, $5, $6
FROM unnest($2::uuid[], $3::text[], $4::text[]) AS u (entity_id, from_state, to_state)
RETURNING entity_id, seq
"""


async def insert(entity: str, changes: Sequence[Change], *, principal: str, now: datetime) -> dict[UUID, int]:
    """Append changes of different things in one statement and give each one's number."""
    columns = zip(*((change.entity_id, change.from_state, change.to_state) for change in changes), strict=True)
    rows = await connection().fetch(INSERT, entity, *columns, principal, now)
    return {row["entity_id"]: row["seq"] for row in rows}


async def history(entity: str, entity_id: UUID) -> list[Logged]:
    """Give a thing's changes, oldest first; a thing has a few dozen at most."""
    rows = await connection().fetch(
        "SELECT seq, from_state, to_state, principal, at FROM kernel.state_log WHERE entity = $1 AND entity_id = $2 ORDER BY seq LIMIT 500",
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
