"""Owns the SQL of saved comparisons, each statement with its organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from marketplace.kernel.database import connection
from marketplace.trade.saved.schemas import Ask, ComparisonOut, SnapshotOut

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from asyncpg import Record

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('saved-comparisons:' || $1::uuid::text, 0))"
STATE_COLUMNS = "s.seq, s.taken_at, s.taken_by_name, s.ranking_version, s.has_own_weights, s.offers, s.ranked, s.first_name, s.lowest_minor, s.currency, s.unit_code, s.unit_decimals, s.ask"
COMPARISON_COLUMNS = (
    "c.id, c.product_id, c.product_title, c.name, c.note, c.state, c.saved_by_name, c.latest_seq, c.version, c.created_at, c.updated_at"
)
LATEST = f"""SELECT {COMPARISON_COLUMNS}, {STATE_COLUMNS} FROM trade.saved_comparisons c
  JOIN trade.comparison_snapshots s ON s.comparison_id = c.id AND s.seq = c.latest_seq AND s.organisation_id = c.organisation_id
  WHERE c.organisation_id = $1"""
LIST = f"""{LATEST} AND c.state = $2 AND ($3::timestamptz IS NULL OR (c.updated_at, c.id) < ($3, $4::uuid))
  ORDER BY c.updated_at DESC, c.id DESC LIMIT $5"""
INSERT = """INSERT INTO trade.saved_comparisons (id, organisation_id, product_id, product_title, name, note, state, saved_by, saved_by_name, latest_seq, version,
  created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, 'active', $7, $8, 1, 1, $9, $9)"""
INSERT_STATE = """INSERT INTO trade.comparison_snapshots (id, comparison_id, organisation_id, seq, taken_at, taken_by, taken_by_name, ranking_version, has_own_weights,
  offers, ranked, first_name, lowest_minor, currency, unit_code, unit_decimals, ask, answer)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"""
COUNT = "SELECT count(*) FROM trade.saved_comparisons WHERE organisation_id = $1 AND state = 'active'"
NEXT_SEQ = """UPDATE trade.saved_comparisons SET latest_seq = latest_seq + 1, version = version + 1, updated_at = greatest(updated_at, $3)
  WHERE id = $1 AND organisation_id = $2 AND state = 'active' AND latest_seq < $4 RETURNING latest_seq"""
CHANGE = """UPDATE trade.saved_comparisons SET name = $4, note = $5, state = $6, version = version + 1, updated_at = greatest(updated_at, $7)
  WHERE id = $1 AND organisation_id = $2 AND version = $3 RETURNING version"""
STATES = f"SELECT {STATE_COLUMNS} FROM trade.comparison_snapshots s WHERE s.comparison_id = $1 AND s.organisation_id = $2 ORDER BY s.seq DESC"
ANSWER = "SELECT answer FROM trade.comparison_snapshots WHERE comparison_id = $1 AND organisation_id = $2 AND seq = $3"


class NewState(NamedTuple):
    """One state to keep, in the order of its columns after organisation and number."""

    taken_at: datetime
    taken_by: UUID | None
    taken_by_name: str
    ranking_version: int
    has_own_weights: bool
    offers: int
    ranked: int
    first_name: str
    lowest_minor: int | None
    currency: str
    unit_code: str
    unit_decimals: int
    ask: str
    answer: str


def _state(row: Record, start: int) -> SnapshotOut:
    seq, taken_at, taken_by, ranking, own, offers, ranked, first, lowest, currency, unit, decimals, ask = tuple(row)[start : start + 13]
    return SnapshotOut(
        seq=seq, taken_at=taken_at, taken_by=taken_by, ranking_version=ranking, has_own_weights=own, offers=offers, ranked=ranked,
        first_supplier=first, lowest_minor=lowest, currency=currency, unit_code=unit, unit_decimals=decimals, ask=msgspec.json.decode(ask, type=Ask),
    )  # fmt: skip


def _comparison(row: Record) -> ComparisonOut:
    one, product_id, title, name, note, state, saved_by, snapshots, version, created_at, updated_at = tuple(row)[:11]
    return ComparisonOut(
        id=one, product_id=product_id, product_title=title, name=name, note=note, state=state, saved_by=saved_by, snapshots=snapshots,
        version=version, created_at=created_at, updated_at=updated_at, latest=_state(row, 11),
    )  # fmt: skip


async def lock_list(organisation_id: UUID) -> None:
    """Let one transaction at a time add to an organisation's list, so that its limit holds."""
    await connection().execute(LOCK, organisation_id)


async def count_active(organisation_id: UUID) -> int:
    """Count what is not archived."""
    return int(await connection().fetchval(COUNT, organisation_id))


async def insert(
    comparison_id: UUID, *, organisation_id: UUID, named: tuple[UUID, str, str, str], saved_by: tuple[UUID | None, str], now: datetime
) -> None:
    """Write a comparison: `named` is product, its title, name and note."""
    await connection().execute(INSERT, comparison_id, organisation_id, *named, *saved_by, now)


async def insert_state(state_id: UUID, *, comparison_id: UUID, organisation_id: UUID, seq: int, state: NewState) -> None:
    """Keep one state of a comparison."""
    await connection().execute(INSERT_STATE, state_id, comparison_id, organisation_id, seq, *state)


async def next_seq(comparison_id: UUID, *, organisation_id: UUID, most: int, now: datetime) -> int | None:
    """Take the number of the next state and hold the comparison until the end of the transaction; None where it is archived or full."""
    found: int | None = await connection().fetchval(NEXT_SEQ, comparison_id, organisation_id, now, most)
    return found


async def change(comparison_id: UUID, *, organisation_id: UUID, version: int, values: tuple[str, str, str], now: datetime) -> bool:
    """Store name, note and state at this version."""
    return await connection().fetchval(CHANGE, comparison_id, organisation_id, version, *values, now) is not None


async def by_id(comparison_id: UUID, *, organisation_id: UUID) -> ComparisonOut | None:
    """Read one comparison with its latest state."""
    row = await connection().fetchrow(f"{LATEST} AND c.id = $2", organisation_id, comparison_id)
    return _comparison(row) if row else None


async def listed(organisation_id: UUID, *, state: str, after: tuple[datetime, UUID] | None, limit: int) -> list[ComparisonOut]:
    """List what an organisation keeps, the last changed first."""
    return [_comparison(row) for row in await connection().fetch(LIST, organisation_id, state, *(after or (None, None)), limit)]


async def states(comparison_id: UUID, *, organisation_id: UUID) -> list[SnapshotOut]:
    """List the states of a comparison, the latest first."""
    return [_state(row, 0) for row in await connection().fetch(STATES, comparison_id, organisation_id)]


async def answer(comparison_id: UUID, *, organisation_id: UUID, seq: int) -> str | None:
    """Give one state in full, as JSON."""
    found: str | None = await connection().fetchval(ANSWER, comparison_id, organisation_id, seq)
    return found
