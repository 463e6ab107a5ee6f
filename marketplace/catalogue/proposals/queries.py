"""Owns the SQL of proposals: a supplier reaches its own alone, by what it asks for and by row level security."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.catalogue.approval.schemas import Record
from marketplace.catalogue.products.schemas import FieldValue
from marketplace.catalogue.proposals.schemas import Change, HistoryOut, Like, MessageOut, Office, Stored
from marketplace.kernel.database import connection
from marketplace.kernel.literals import as_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    import asyncpg

    from marketplace.catalogue.proposals.schemas import Wanted

    Row = asyncpg.Record

ROWS = """SELECT p.id, p.organisation_id, g.display_name AS supplier, p.product_id, p.answers_id, a.id AS answered_by, p.category_id, p.kind, p.state, p.title,
    p.base, p.changes, p.accepted_fields AS accepted, p.is_automatic, p.sent_at, p.due_at, p.decided_at, p.reason, p.version
  FROM catalogue.proposals p JOIN kernel.organisations g ON g.id = p.organisation_id LEFT JOIN catalogue.proposals a ON a.answers_id = p.id"""
OWN = "($1::uuid IS NULL OR p.organisation_id = $1)"
ONE = f"{ROWS} WHERE {OWN} AND p.id = $2"
LOCK = "SELECT FROM catalogue.proposals p WHERE ($1::uuid IS NULL OR p.organisation_id = $1) AND p.id = $2 FOR NO KEY UPDATE"
OF_SUPPLIER = f"""{ROWS} WHERE p.organisation_id = $1 AND ($2 = '' OR CASE $2 WHEN 'open' THEN p.state = 'sent' WHEN 'back' THEN p.state = 'revision' AND a.id IS NULL
    ELSE p.state NOT IN ('sent', 'revision') END) AND ($3::uuid IS NULL OR p.id < $3) ORDER BY p.id DESC LIMIT $4"""
FILTER = """($1::uuid IS NULL OR p.category_id IN (SELECT d.category_id FROM catalogue.category_descendants d WHERE d.ancestor_id = $1))
    AND ($2::uuid IS NULL OR p.organisation_id = $2) AND ($3 = '' OR p.kind = $3)"""
WAITING = (
    f"""{ROWS} WHERE p.state = 'sent' AND {FILTER} AND ($4::timestamptz IS NULL OR (p.due_at, p.id) > ($4, $5)) ORDER BY p.due_at, p.id LIMIT $6"""
)
LATEST = f"""{ROWS} WHERE CASE $4 WHEN 'sent_back' THEN p.state = 'revision' AND a.id IS NULL ELSE p.state IN ('accepted', 'rejected', 'withdrawn') END AND {FILTER}
    AND ($5::uuid IS NULL OR p.id < $5) ORDER BY p.id DESC LIMIT $6"""
SUPPLIERS = """SELECT DISTINCT g.id, g.display_name FROM catalogue.proposals p JOIN kernel.organisations g ON g.id = p.organisation_id
  WHERE p.state = 'sent' ORDER BY g.display_name LIMIT 200"""
COUNTS = """SELECT count(*) FILTER (WHERE p.state = 'sent') AS waiting, count(*) FILTER (WHERE p.state = 'sent' AND p.due_at < $1) AS overdue,
    count(*) FILTER (WHERE p.state = 'revision' AND a.id IS NULL) AS sent_back
  FROM catalogue.proposals p LEFT JOIN catalogue.proposals a ON a.answers_id = p.id WHERE p.state IN ('sent', 'revision') AND ($2::uuid IS NULL OR p.organisation_id = $2)"""
RECORD = """SELECT count(*) FILTER (WHERE state = 'accepted' AND jsonb_array_length(accepted_fields) = jsonb_array_length(changes)), count(*)
  FROM catalogue.proposals WHERE organisation_id = $1 AND state IN ('accepted', 'rejected') AND NOT is_automatic"""
INSERT = """INSERT INTO catalogue.proposals (id, organisation_id, product_id, answers_id, category_id, kind, state, title, base, changes, sent_by, sent_at, due_at)
  VALUES ($1, $2, $3, $4, $5, $6, 'sent', $7, $8, $9, $10, $11, $12) ON CONFLICT (answers_id) DO NOTHING RETURNING id"""
DECIDE = """UPDATE catalogue.proposals SET state = $2, product_id = coalesce(product_id, $3), accepted_fields = $4, is_automatic = $5, decided_by = $6, decided_at = $7,
    reason = $8, version = version + 1 WHERE id = $1 AND state IN ('sent', 'revision')"""
LIKE = """SELECT DISTINCT ON (p.id) p.id, p.title, p.brand, p.part_number, p.gtin, i.scheme AS match
  FROM catalogue.product_identifiers i JOIN catalogue.products p ON p.id = i.product_id
  WHERE p.state = 'published' AND ((i.value COLLATE "C" = $1 AND i.scheme = 'gtin') OR (i.value COLLATE "C" = $2 AND i.scheme = 'part_number' AND lower(p.brand) = lower($3)))
  ORDER BY p.id, i.scheme LIMIT 5"""
# Whose change set it was stands behind the wall of proposals: its supplier and the operator are told.
HISTORY = """SELECT c.field, c.old, c.new, g.display_name AS supplier, r.number AS rule, p.id AS proposal_id, c.changed_at
  FROM catalogue.product_changes c LEFT JOIN catalogue.proposals p ON p.id = c.proposal_id LEFT JOIN kernel.organisations g ON g.id = p.organisation_id
  LEFT JOIN catalogue.approval_rules r ON r.id = c.rule_id
  WHERE c.product_id = $1 AND ($2::timestamptz IS NULL OR c.changed_at > $2) ORDER BY c.id DESC LIMIT $3"""
MESSAGES = "SELECT side, text, said_at FROM catalogue.proposal_messages WHERE proposal_id = $1 ORDER BY id LIMIT 200"
RULES = """SELECT DISTINCT r.number FROM catalogue.product_changes c JOIN catalogue.approval_rules r ON r.id = c.rule_id WHERE c.proposal_id = $1 ORDER BY 1"""
OFFICE = "SELECT time_zone, country FROM kernel.organisations WHERE 'operator' = ANY (capacities) ORDER BY created_at, id LIMIT 1"
_changes = msgspec.json.Decoder(tuple[Change, ...])
_fields = msgspec.json.Decoder(tuple[str, ...])
_value = msgspec.json.Decoder(FieldValue)


def _stored(row: Row) -> Stored:
    values = dict(row)
    values["changes"] = _changes.decode(values["changes"])
    values["accepted"] = None if values["accepted"] is None else _fields.decode(values["accepted"])
    return Stored(**values)


async def one(proposal_id: UUID, *, organisation_id: UUID | None, is_locked: bool = False) -> Stored | None:
    """Read a change set, of this organisation where one is named, and let nobody else decide on it meanwhile where it is locked."""
    if is_locked:
        # Apart from the reading, which then sees what whoever held the lock before has written.
        await connection().execute(LOCK, organisation_id, proposal_id)
    row = await connection().fetchrow(ONE, organisation_id, proposal_id)
    return None if row is None else _stored(row)


async def of_supplier(organisation_id: UUID, *, show: str, before: UUID | None, limit: int) -> list[Stored]:
    """Read a supplier's change sets, the latest first: all, those that wait (open), were sent back (back), or are over (done)."""
    return [_stored(row) for row in await connection().fetch(OF_SUPPLIER, organisation_id, show, before, limit)]


async def waiting(wanted: Wanted, *, after: tuple[datetime, UUID] | None, limit: int) -> list[Stored]:
    """Read what waits for the operator, the first due first."""
    due, last = after or (None, None)
    return [_stored(row) for row in await connection().fetch(WAITING, wanted.category_id, wanted.supplier_id, wanted.kind, due, last, limit)]


async def latest(wanted: Wanted, *, before: UUID | None, limit: int) -> list[Stored]:
    """Read what was sent back and waits for its supplier, or what is over, the latest first."""
    rows = await connection().fetch(LATEST, wanted.category_id, wanted.supplier_id, wanted.kind, wanted.show, before, limit)
    return [_stored(row) for row in rows]


async def suppliers_waiting() -> list[tuple[UUID, str]]:
    """List the suppliers of which something waits, by name."""
    return [(row[0], row[1]) for row in await connection().fetch(SUPPLIERS)]


async def counts(*, organisation_id: UUID | None, now: datetime) -> tuple[int, int, int]:
    """Count what waits for the operator, how much of that is overdue, and what waits for its supplier."""
    row = await connection().fetchrow(COUNTS, now, organisation_id)
    assert row is not None, "an aggregate answers one row"
    return int(row[0]), int(row[1]), int(row[2])


async def record(organisation_id: UUID) -> Record:
    """Count how the operator has decided on a supplier's change sets."""
    row = await connection().fetchrow(RECORD, organisation_id)
    assert row is not None, "an aggregate answers one row"
    return Record(int(row[0]), int(row[1]))


async def lock_supplier(organisation_id: UUID) -> None:
    """Let one change set of a supplier be written after the other, so that they can be counted."""
    await connection().execute("SELECT pg_advisory_xact_lock(hashtextextended('catalogue.proposals:' || $1, 0))", str(organisation_id))


async def lock_new() -> None:
    """Let one new product be made of a proposal after the other, so that the second finds the first."""
    await connection().execute("SELECT pg_advisory_xact_lock(hashtextextended('catalogue.proposals new', 0))")


async def insert(found: Stored, *, by: str) -> bool:
    """Write a change set; False where what it answers has an answer."""
    about = (found.product_id, found.answers_id, found.category_id, found.kind, found.title, found.base, as_json(found.changes))
    return await connection().fetchval(INSERT, found.id, found.organisation_id, *about, by, found.sent_at, found.due_at) is not None


async def decide(found: Stored, *, by: str) -> bool:
    """Write what a change set became; its fields stay as they are."""
    accepted = None if found.accepted is None else as_json(found.accepted)
    done = await connection().execute(
        DECIDE, found.id, found.state, found.product_id, accepted, found.is_automatic, by, found.decided_at, found.reason
    )
    return str(done) == "UPDATE 1"


async def insert_changes(rows: Sequence[tuple[object, ...]]) -> None:
    """Write the history: id, product, change set, field, old, new, rule, moment."""
    await connection().executemany(
        "INSERT INTO catalogue.product_changes (id, product_id, proposal_id, field, old, new, rule_id, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [(*row[:4], as_json(row[4]), as_json(row[5]), *row[6:]) for row in rows],
    )


async def say(message_id: UUID, *, about: Stored, side: str, text: str, by: str, now: datetime) -> None:
    """Write what one side says."""
    await connection().execute(
        "INSERT INTO catalogue.proposal_messages (id, proposal_id, organisation_id, side, text, said_by, said_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        *(message_id, about.id, about.organisation_id, side, text, by, now),
    )


async def messages(proposal_id: UUID) -> list[MessageOut]:
    """Read what was said of a change set, in its order."""
    return [MessageOut(**dict(row)) for row in await connection().fetch(MESSAGES, proposal_id)]


async def rules_of(proposal_id: UUID) -> list[int]:
    """Read the numbers of the rules that accepted a change set."""
    return [int(row[0]) for row in await connection().fetch(RULES, proposal_id)]


async def like(*, gtin_key: str, part_key: str, brand: str) -> list[Like]:
    """Read the published products with this GTIN, or with this part number of this brand, at most five."""
    return [Like(**dict(row)) for row in await connection().fetch(LIKE, gtin_key, part_key, brand)]


async def history(product_id: UUID, *, since: datetime | None, limit: int) -> list[HistoryOut]:
    """Read how a product was changed by change sets, the latest first."""
    return [_history(dict(row)) for row in await connection().fetch(HISTORY, product_id, since, limit)]


def _history(values: Mapping[str, Any]) -> HistoryOut:
    read = {name: _value.decode(values[name]) for name in ("old", "new")}
    return HistoryOut(**{**values, **read})


async def office() -> Office:
    """Read where the operator works; Universal Time and no holidays where there is no operator yet."""
    row = await connection().fetchrow(OFFICE)
    return Office("UTC", "") if row is None else Office(row[0], row[1])
