"""Owns the SQL of what buyers ask for, a buyer's always within its organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection
from marketplace.trade.wanted.schemas import Wanted

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

LIST_MAX = 200
# Without an organisation ($1) all are read, which only the operator may.
WANTED = """SELECT w.id, w.organisation_id, g.display_name AS organisation, w.person_id, w.text, w.quantity, w.unit_code, w.needed_by, w.note, w.segment, w.locale,
  w.state, w.answer, w.product_id, w.category_id, w.asked_at, w.answered_at, w.read_at, w.version
  FROM trade.wanted w JOIN kernel.organisations g ON g.id = w.organisation_id WHERE ($1::uuid IS NULL OR w.organisation_id = $1)"""
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('wanted:' || $1::uuid::text, 0))"
WAITING = "SELECT count(*) FROM trade.wanted WHERE ($1::uuid IS NULL OR organisation_id = $1) AND state = ANY ($2::text[])"
UNREAD = "SELECT count(*) FROM trade.wanted WHERE organisation_id = $1 AND answered_at IS NOT NULL AND read_at IS NULL AND state <> 'withdrawn'"
READ = "UPDATE trade.wanted SET read_at = $2 WHERE organisation_id = $1 AND answered_at IS NOT NULL AND read_at IS NULL"


async def lock(organisation_id: UUID) -> None:
    """Let only one transaction at a time ask for an organisation."""
    await connection().execute(LOCK, organisation_id)


async def waiting(organisation_id: UUID | None, *, states: tuple[str, ...]) -> int:
    """Count what is in these states, of an organisation or of all."""
    return int(await connection().fetchval(WAITING, organisation_id, list(states)))


async def same(organisation_id: UUID, text: str) -> Wanted | None:
    """Read what an organisation waits for under the same text, however it is written."""
    row = await connection().fetchrow(f"{WANTED} AND w.folded = trade.fold($2) AND w.state IN ('open', 'looking')", organisation_id, text)
    return None if row is None else Wanted(**row)


async def insert(one: Wanted) -> bool:
    """Write what is asked for; False for a text that folds to nothing."""
    sql = """INSERT INTO trade.wanted (id, organisation_id, person_id, text, folded, quantity, unit_code, needed_by, note, segment, locale, state, asked_at, version)
      SELECT $1, $2, $3, $4, trade.fold($4), $5, $6, $7, $8, $9, $10, 'open', $11, 1 WHERE trade.fold($4) <> '' RETURNING true"""
    said = (one.text, one.quantity, one.unit_code, one.needed_by, one.note, one.segment, one.locale, one.asked_at)
    return bool(await connection().fetchval(sql, one.id, one.organisation_id, one.person_id, *said))


async def wanted(wanted_id: UUID, *, organisation_id: UUID | None, is_locked: bool = False) -> Wanted | None:
    """Read one, of an organisation or of any, and with `is_locked` let nobody else change it until the transaction ends."""
    row = await connection().fetchrow(f"{WANTED} AND w.id = $2{' FOR UPDATE OF w' if is_locked else ''}", organisation_id, wanted_id)
    return None if row is None else Wanted(**row)


async def listed(*, organisation_id: UUID | None, states: tuple[str, ...] = (), segment: str = "", locale: str = "") -> list[Wanted]:
    """List what is asked for, what waits first and of that the oldest, then the newest, at most 200."""
    sql = f"""{WANTED} AND (cardinality($2::text[]) = 0 OR w.state = ANY ($2)) AND ($3 = '' OR w.segment = $3) AND ($4 = '' OR w.locale = $4)
      ORDER BY array_position(ARRAY['open', 'looking'], w.state), CASE WHEN w.state IN ('open', 'looking') THEN w.asked_at END, w.asked_at DESC, w.id LIMIT {LIST_MAX}"""
    return [Wanted(**row) for row in await connection().fetch(sql, organisation_id, list(states), segment, locale)]


async def kinds() -> tuple[list[str], list[str]]:
    """Give the kinds of askers and the languages that something was asked in."""
    row = await connection().fetchrow("SELECT array_agg(DISTINCT segment), array_agg(DISTINCT locale) FROM trade.wanted")
    return (sorted(row[0] or []), sorted(row[1] or [])) if row else ([], [])


async def close(one: Wanted, *, now: datetime) -> None:
    """Write the state and the answer of a locked one."""
    await connection().execute(
        """UPDATE trade.wanted SET state = $2, answer = $3, product_id = $4, category_id = $5, answered_at = $6, read_at = NULL, version = version + 1 WHERE id = $1""",
        one.id, one.state, one.answer, one.product_id, one.category_id, one.answered_at if one.state == "withdrawn" else now,
    )  # fmt: skip


async def unread(organisation_id: UUID) -> int:
    """Count the answers that an organisation has not read."""
    return int(await connection().fetchval(UNREAD, organisation_id))


async def read(organisation_id: UUID, *, now: datetime) -> None:
    """Note that an organisation has read its answers."""
    await connection().execute(READ, organisation_id, now)
