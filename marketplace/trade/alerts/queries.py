"""Owns the SQL of saved searches. A person's own statements carry organisation and person; those of the worker take each search by its lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.kernel.database import connection
from marketplace.trade.alerts.schemas import Alert, Offer, Owner, SearchOut, Seen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from asyncpg import Record

    from marketplace.trade.alerts.schemas import News

COLUMNS = "s.id, s.organisation_id, s.person_id, s.name, s.text, s.filters, s.frequency, s.state, s.created_at, s.looked_at, s.due_at, s.currency, s.knows_all"
LOCK_LIST = "SELECT pg_advisory_xact_lock(hashtextextended('saved-searches:' || $1::uuid::text, 0))"
COUNT = "SELECT count(*) FROM trade.saved_searches WHERE organisation_id = $1 AND person_id = $2 AND state IN ('active', 'paused')"
INSERT = """INSERT INTO trade.saved_searches (id, organisation_id, person_id, name, text, filters, frequency, state, version, created_at, due_at, currency, knows_all)
  VALUES ($1, $2, $3, $4, $5, $6, $7, 'active', 1, $8, $8, $9, $10)"""
LIST = f"""SELECT {COLUMNS}, (SELECT count(*) FROM trade.search_alerts a WHERE a.search_id = s.id) FROM trade.saved_searches s
  WHERE s.organisation_id = $1 AND s.person_id = $2 AND s.state <> 'deleted' ORDER BY s.created_at DESC, s.id DESC"""
OWN = f"SELECT {COLUMNS}, 0 FROM trade.saved_searches s WHERE s.id = $1 AND s.organisation_id = $2 AND s.person_id = $3 AND s.state <> 'deleted' FOR UPDATE"
TAKE = f"SELECT {COLUMNS}, 0 FROM trade.saved_searches s WHERE s.id = $1 AND s.state = 'active' FOR UPDATE SKIP LOCKED"
ACTIVE = f"SELECT {COLUMNS}, 0 FROM trade.saved_searches s WHERE s.id = $1 AND s.state = 'active'"
BY_ID = f"SELECT {COLUMNS}, 0 FROM trade.saved_searches s WHERE s.id = $1 FOR UPDATE"
CHANGE = "UPDATE trade.saved_searches SET state = $2, frequency = $3, due_at = $4, version = version + 1 WHERE id = $1"
LOOKED = "UPDATE trade.saved_searches SET looked_at = $2, due_at = $3 WHERE id = $1"
DUE = """SELECT s.id, s.due_at <= $1 AS is_whole FROM trade.saved_searches s WHERE s.state = 'active' AND s.id > $2
  AND (s.due_at <= $1 OR s.frequency = 'instant' AND EXISTS (SELECT FROM trade.search_touched t WHERE t.touched_at > s.looked_at - $3::interval))
  ORDER BY s.id LIMIT $4"""
OWNER = """SELECT g.capacities, m.roles, p.locale, g.currency FROM kernel.memberships m JOIN kernel.organisations g ON g.id = m.organisation_id
  JOIN kernel.people p ON p.id = m.person_id
  WHERE m.organisation_id = $1 AND m.person_id = $2 AND m.state = 'active' AND g.state = 'active' AND p.state = 'active'"""
TOUCHED = "SELECT product_id FROM trade.search_touched WHERE touched_at > $1 ORDER BY touched_at DESC LIMIT $2"
TOUCH = """INSERT INTO trade.search_touched (product_id, touched_at) SELECT i, $2 FROM unnest($1::uuid[]) i ORDER BY i
  ON CONFLICT (product_id) DO UPDATE SET touched_at = greatest(search_touched.touched_at, excluded.touched_at)"""
# A search that is over is never looked for again: what it knew and told goes with it, and what was told to others goes when it is old. A batch is enough.
FORGET_SEEN = """DELETE FROM trade.search_seen WHERE (search_id, offer_id) IN (SELECT x.search_id, x.offer_id FROM trade.search_seen x
  JOIN trade.saved_searches s ON s.id = x.search_id WHERE s.state IN ('deleted', 'ended') LIMIT $1)"""
FORGET_TOLD = """DELETE FROM trade.search_alerts WHERE id IN (SELECT a.id FROM trade.search_alerts a JOIN trade.saved_searches s ON s.id = a.search_id
  WHERE s.state = 'deleted' OR a.found_at < $1 LIMIT $2)"""
FORGET = "DELETE FROM trade.search_touched WHERE touched_at < $1"
# An offer that sells, with the price at its least quantity where this organisation may see it.
OFFERS = """SELECT x.product_id, x.id, x.supplier_id, x.slug, x.display_name, x.lead_days, x.currency, CASE WHEN x.sight = 2 THEN x.price END, x.created_at FROM (
    SELECT o.product_id, o.id, o.supplier_id, s.slug, g.display_name, o.lead_days, o.currency, o.created_at,
      v.tier_price[width_bucket(vendors.smallest_quantity(o.moq, o.multiple), v.tier_from)] AS price,
      vendors.sight($2::uuid, false, o.supplier_id, p.category_id, o.visibility) AS sight
    FROM vendors.offers o JOIN catalogue.products p ON p.id = o.product_id JOIN vendors.suppliers s ON s.organisation_id = o.supplier_id
    JOIN kernel.organisations g ON g.id = o.supplier_id LEFT JOIN LATERAL vendors.price_in_force(o.product_id, o.id, $1::timestamptz) v ON true
    WHERE o.product_id = ANY ($3::uuid[]) AND vendors.sells(p, o, s, g, v.id, (SELECT coalesce(sum(greatest(l.on_hand - l.reserved - l.safety, 0)), 0)::bigint
      FROM vendors.stock_levels l WHERE l.product_id = o.product_id AND l.offer_id = o.id), $1::timestamptz)) x
  WHERE x.sight > 0 ORDER BY x.product_id, x.id"""
SEEN = """SELECT offer_id, price, currency, product_id FROM trade.search_seen WHERE search_id = $1 AND product_id = ANY ($2::uuid[])
  UNION SELECT offer_id, price, currency, product_id FROM trade.search_seen WHERE search_id = $1 AND offer_id = ANY ($3::uuid[])"""
SEE = """INSERT INTO trade.search_seen (search_id, organisation_id, product_id, offer_id, price, currency)
  SELECT $1, $2, x.* FROM unnest($3::uuid[], $4::uuid[], $5::numeric[], $6::text[]) AS x (product_id, offer_id, price, currency)
  ON CONFLICT (search_id, offer_id) DO UPDATE SET product_id = excluded.product_id, price = excluded.price, currency = excluded.currency"""
TELL = """INSERT INTO trade.search_alerts (id, search_id, organisation_id, product_id, offer_id, supplier, why, price, before, currency, found_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (search_id, offer_id) DO NOTHING RETURNING 1"""
ALERTS = """SELECT a.id, a.search_id, s.name, a.product_id, a.supplier, a.why, a.price, a.before, a.currency, a.found_at, a.read_at
  FROM trade.search_alerts a JOIN trade.saved_searches s ON s.id = a.search_id
  WHERE s.organisation_id = $1 AND s.person_id = $2 AND s.state <> 'deleted' AND ($3::timestamptz IS NULL OR (a.found_at, a.id) < ($3, $4::uuid))
  ORDER BY a.found_at DESC, a.id DESC LIMIT $5"""
UNREAD = """SELECT count(*) FROM trade.search_alerts a JOIN trade.saved_searches s ON s.id = a.search_id
  WHERE s.organisation_id = $1 AND s.person_id = $2 AND s.state <> 'deleted' AND a.read_at IS NULL"""
READ = """UPDATE trade.search_alerts a SET read_at = $3 FROM trade.saved_searches s
  WHERE s.id = a.search_id AND s.organisation_id = $1 AND s.person_id = $2 AND a.read_at IS NULL"""
_filters = msgspec.json.Decoder(dict[str, str])


def _search(row: Record) -> SearchOut:
    one, organisation, person, name, text, filters, frequency, state, created, looked, due, currency, knows_all, alerts = tuple(row)
    return SearchOut(
        id=one, organisation_id=organisation, person_id=person, name=name, text=text, filters=_filters.decode(filters), frequency=frequency, state=state,
        created_at=created, looked_at=looked, due_at=due, currency=currency, knows_all=knows_all, alerts=alerts,
    )  # fmt: skip


async def count(organisation_id: UUID, person_id: UUID) -> int:
    """Count what a person keeps, and let only one transaction at a time add to it."""
    await connection().execute(LOCK_LIST, person_id)
    return int(await connection().fetchval(COUNT, organisation_id, person_id))


async def insert(one: SearchOut) -> None:
    """Write a search that has not looked yet."""
    said = (one.name, one.text, msgspec.json.encode(one.filters).decode(), one.frequency, one.created_at, one.currency, one.knows_all)
    await connection().execute(INSERT, one.id, one.organisation_id, one.person_id, *said)


async def listed(organisation_id: UUID, person_id: UUID) -> list[SearchOut]:
    """List what a person keeps, the newest first."""
    return [_search(row) for row in await connection().fetch(LIST, organisation_id, person_id)]


async def own(search_id: UUID, organisation_id: UUID, person_id: UUID) -> SearchOut | None:
    """Read and lock a search of a person's own."""
    row = await connection().fetchrow(OWN, search_id, organisation_id, person_id)
    return _search(row) if row else None


async def by_id(search_id: UUID) -> SearchOut | None:
    """Read and lock any search, for whoever holds its signed link."""
    row = await connection().fetchrow(BY_ID, search_id)
    return _search(row) if row else None


async def active(search_id: UUID) -> SearchOut | None:
    """Read an active search without holding it; None where it is active no longer."""
    row = await connection().fetchrow(ACTIVE, search_id)
    return _search(row) if row else None


async def take(search_id: UUID) -> SearchOut | None:
    """Take an active search to look for it; None where somebody else does so, or it is active no longer."""
    row = await connection().fetchrow(TAKE, search_id)
    return _search(row) if row else None


async def change(search_id: UUID, *, state: str, frequency: str, due_at: datetime) -> None:
    """Store state, frequency and when it looks at everything again."""
    await connection().execute(CHANGE, search_id, state, frequency, due_at)


async def looked(search_id: UUID, *, now: datetime, due_at: datetime) -> None:
    """Store that it has looked."""
    await connection().execute(LOOKED, search_id, now, due_at)


async def due(now: datetime, *, after: UUID, lag: Any, limit: int) -> list[tuple[UUID, bool]]:
    """List searches that have to look, and whether at everything; else only at what facts touched."""
    return [(row[0], row[1]) for row in await connection().fetch(DUE, now, after, lag, limit)]


async def owner(organisation_id: UUID, person_id: UUID) -> Owner | None:
    """Give who a search looks for, None where they are no member any more."""
    row = await connection().fetchrow(OWNER, organisation_id, person_id)
    return Owner(*row) if row else None


async def touched(*, since: datetime, limit: int) -> list[UUID]:
    """Tell which products facts have named since, the last first."""
    return [row[0] for row in await connection().fetch(TOUCHED, since, limit)]


async def touch(product_ids: Sequence[UUID], *, now: datetime) -> None:
    """Note that a fact has named these products."""
    await connection().execute(TOUCH, product_ids, now)


async def forget(before: datetime) -> None:
    """Drop what was touched before, when every search has looked since."""
    await connection().execute(FORGET, before)


async def forget_told(before: datetime, *, limit: int) -> None:
    """Drop what searches that are over had seen, and what was told of deleted ones or before a moment; at most so many rows of each."""
    await connection().execute(FORGET_SEEN, limit)
    await connection().execute(FORGET_TOLD, before, limit)


async def offers(product_ids: Sequence[UUID], *, organisation_id: UUID, now: datetime) -> list[Offer]:
    """Give the offers on these products that sell and that an organisation may see."""
    return [Offer(*row) for row in await connection().fetch(OFFERS, now, organisation_id, product_ids)]


async def made(product_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Tell when these products were made, in their order."""
    found = await connection().fetch("SELECT id, created_at FROM catalogue.products WHERE id = ANY ($1)", product_ids)
    rows = {row[0]: row[1] for row in found}
    return {one: rows[one] for one in product_ids if one in rows}


async def seen(search_id: UUID, offers: Sequence[Offer]) -> dict[UUID, Seen]:
    """Give by its id what a search has seen of these offers, wherever they stood then, and of whatever else was on their products."""
    of = [[one.product_id for one in offers], [one.offer_id for one in offers]]
    return {row[0]: Seen(row[1], row[2], row[3]) for row in await connection().fetch(SEEN, search_id, *of)}


async def see(search: SearchOut, offers: Sequence[Offer]) -> None:
    """Keep what a search sees now."""
    columns = ([getattr(one, name) for one in offers] for name in ("product_id", "offer_id", "price", "currency"))
    await connection().execute(SEE, search.id, search.organisation_id, *columns)


async def tell(alert_id: UUID, search: SearchOut, news: News, *, now: datetime) -> bool:
    """Write an alert unless this offer was told in this search before."""
    one = news.offer
    said = (one.product_id, one.offer_id, one.supplier, news.why, one.price, news.before, one.currency)
    return await connection().fetchval(TELL, alert_id, search.id, search.organisation_id, *said, now) is not None


async def alerts(organisation_id: UUID, person_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int) -> list[Alert]:
    """List what was told to a person, the newest first."""
    rows = await connection().fetch(ALERTS, organisation_id, person_id, *(after or (None, None)), limit)
    names = Alert.__struct_fields__
    return [Alert(**dict(zip(names, row, strict=True))) for row in rows]


async def unread(organisation_id: UUID, person_id: UUID) -> int:
    """Count what a person has not read."""
    return int(await connection().fetchval(UNREAD, organisation_id, person_id))


async def read(organisation_id: UUID, person_id: UUID, *, now: datetime) -> None:
    """Note that a person has read everything."""
    await connection().execute(READ, organisation_id, person_id, now)
