"""Owns the SQL of the score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.kernel.database import connection
from trust.score.schemas import CategoryMean, Counts, Event, Outcome, Response, Share, SupplierRates, Tally

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

# The mark is written first and locks its row until the end, so that two workers never fold the events of one supplier at once, and the
# computing leaves out a supplier of whom a fact is being written: it finds the mark again when the fact stands.
STALE = """INSERT INTO trust.stale_suppliers (supplier_id, since) VALUES ($1, $2)
ON CONFLICT (supplier_id) DO UPDATE SET since = greatest(stale_suppliers.since, excluded.since)"""
EVENT_COLUMNS = (
    "id, order_id, supplier_id, buyer_id, kind, version, at, placed_at, promised_on, time_zone, delivered_on, cancelled_by, category_id, order_number, "
    "is_void, reason, actor, recorded_at"
)
ADD = f"""INSERT INTO trust.events ({EVENT_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
ON CONFLICT (order_id, kind, version) DO NOTHING RETURNING id"""
OUTCOME_COLUMNS = (
    "order_id, supplier_id, buyer_id, placed_at, accepted_at, refused_at, is_timed_out, cancelled_at, cancelled_by, promised_on, time_zone, delivered_at, "
    "delivered_on, category_id, order_number"
)
OUTCOME = f"""INSERT INTO trust.order_outcomes ({OUTCOME_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (order_id) DO UPDATE SET placed_at = excluded.placed_at, accepted_at = excluded.accepted_at, refused_at = excluded.refused_at,
  is_timed_out = excluded.is_timed_out, cancelled_at = excluded.cancelled_at, cancelled_by = excluded.cancelled_by, promised_on = excluded.promised_on,
  time_zone = excluded.time_zone, delivered_at = excluded.delivered_at, delivered_on = excluded.delivered_on, category_id = excluded.category_id,
  order_number = excluded.order_number"""
# The top category of the first of these products that has one.
TOP_CATEGORY = """SELECT d.ancestor_id FROM catalogue.products p JOIN catalogue.category_descendants d ON d.category_id = p.category_id
WHERE p.id = ANY ($1) ORDER BY array_position($1, p.id), d.depth DESC LIMIT 1"""

# How an order counts stands in `rules_events` in words; a test and `trust replay` hold the two together.
WINDOW = "placed_at > $1::timestamptz - make_interval(days => $2) AND placed_at <= $1"
DUE = "(delivered_on IS NOT NULL OR promised_on < ($1::timestamptz AT TIME ZONE time_zone)::date)"
# Seconds are whole and the median is the half of two of them, so that it is exact.
COUNTS = f"""
SELECT supplier_id, grouping(category_id) = 1 AS is_whole, category_id,
  count(*) FILTER (WHERE is_due AND delivered_on <= promised_on) AS on_time_k, count(*) FILTER (WHERE is_due) AS on_time_n,
  count(*) FILTER (WHERE accepted_at IS NOT NULL) AS acceptance_k, count(*) FILTER (WHERE accepted_at IS NOT NULL OR refused_at IS NOT NULL) AS acceptance_n,
  round((percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds) + percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds DESC)) / 7200.0, 2) AS hours,
  count(seconds) AS answers, round(percentile_disc(0.25) WITHIN GROUP (ORDER BY seconds) / 3600.0, 2) AS low,
  round(percentile_disc(0.75) WITHIN GROUP (ORDER BY seconds) / 3600.0, 2) AS high
FROM (SELECT *, accepted_at IS NOT NULL AND promised_on IS NOT NULL AND cancelled_at IS NULL AND {DUE} AS is_due,
    CASE WHEN NOT is_timed_out THEN floor(extract(epoch FROM coalesce(accepted_at, refused_at) - placed_at))::bigint END AS seconds
  FROM trust.order_outcomes WHERE {WINDOW} AND ($3::uuid[] IS NULL OR supplier_id = ANY ($3))) o
GROUP BY GROUPING SETS ((supplier_id, category_id), (supplier_id)) ORDER BY supplier_id, is_whole, category_id::text COLLATE "C" NULLS LAST"""
# The events as they were known at a moment, folded and counted for the whole market.
MARKET = f"""
WITH known AS (SELECT DISTINCT ON (order_id, kind) * FROM trust.events WHERE recorded_at <= $1 ORDER BY order_id, kind, version DESC),
folded AS (SELECT order_id, coalesce(max(at) FILTER (WHERE kind = 'placed'), max(placed_at)) AS placed_at, bool_or(kind = 'accepted') AS is_accepted,
  bool_or(kind IN ('refused', 'timed_out')) AS is_refused, bool_or(kind = 'cancelled') AS is_cancelled, max(promised_on) FILTER (WHERE kind = 'accepted') AS promised_on,
  max(time_zone) FILTER (WHERE kind = 'accepted') AS time_zone, max(delivered_on) FILTER (WHERE kind = 'delivered') AS delivered_on,
  (array_agg(category_id) FILTER (WHERE kind = 'placed'))[1] AS category_id FROM known WHERE NOT is_void GROUP BY order_id)
SELECT category_id, count(*) FILTER (WHERE is_due AND delivered_on <= promised_on), count(*) FILTER (WHERE is_due), count(*) FILTER (WHERE is_accepted),
  count(*) FILTER (WHERE is_accepted OR is_refused)
FROM (SELECT *, is_accepted AND promised_on IS NOT NULL AND NOT is_cancelled AND {DUE} AS is_due FROM folded WHERE {WINDOW}) f
GROUP BY category_id ORDER BY category_id"""
MEAN = """INSERT INTO trust.category_means (id, as_of, measure, category_id, k, n, mean, formula) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT DO NOTHING"""
MEANS = """SELECT as_of, measure, category_id, k, n, mean FROM trust.category_means
WHERE as_of = (SELECT max(as_of) FROM trust.category_means WHERE as_of <= $1) ORDER BY measure DESC, category_id::text COLLATE "C" NULLS FIRST"""
MEANS_AT = """SELECT as_of, measure, category_id, k, n, mean FROM trust.category_means WHERE as_of = $1
ORDER BY measure DESC, category_id::text COLLATE "C" NULLS FIRST"""

RATE_COLUMNS = (
    "supplier_id", "as_of", "window_days", "on_time_k", "on_time_n", "on_time_low", "on_time_high", "on_time_rate", "on_time_mean", "acceptance_k",
    "acceptance_n", "acceptance_low", "acceptance_high", "acceptance_rate", "acceptance_mean", "response_hours", "response_n", "response_low", "response_high",
    "formula", "means_as_of",
)  # fmt: skip
SAVE = f"""INSERT INTO trust.supplier_rates ({", ".join(RATE_COLUMNS)}) VALUES ({", ".join(f"${place}" for place in range(1, len(RATE_COLUMNS) + 1))})
ON CONFLICT (supplier_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in RATE_COLUMNS[1:])}"""
RATES = f"SELECT {', '.join(RATE_COLUMNS)} FROM trust.supplier_rates"


async def mark(supplier_id: UUID, *, now: datetime) -> None:
    """Mark a supplier for computing, and hold the mark until the end of the transaction."""
    await connection().execute(STALE, supplier_id, now)


async def add(event: Event) -> bool:
    """Keep an event; False where that version of it is known already, since facts may come twice."""
    values = [getattr(event, name.strip()) for name in EVENT_COLUMNS.split(",")]
    return await connection().fetchval(ADD, *values) is not None


async def events_of_order(order_id: UUID) -> list[Event]:
    """Give every event of one order."""
    return [Event(**dict(row)) for row in await connection().fetch(f"SELECT {EVENT_COLUMNS} FROM trust.events WHERE order_id = $1", order_id)]


async def order_by_number(number: str) -> UUID | None:
    """Give the order that an event knows by this number."""
    sql = "SELECT order_id FROM trust.events WHERE kind = 'placed' AND order_number = $1 AND order_number <> '' ORDER BY version LIMIT 1"
    found: UUID | None = await connection().fetchval(sql, number)
    return found


async def events_of(supplier_id: UUID) -> list[Event]:
    """Give every event of one supplier, by order."""
    sql = f"SELECT {EVENT_COLUMNS} FROM trust.events WHERE supplier_id = $1 ORDER BY order_id, kind, version"
    return [Event(**dict(row)) for row in await connection().fetch(sql, supplier_id)]


async def save_outcome(outcome: Outcome) -> None:
    """Write what an order's events come to over what they came to before."""
    await connection().execute(OUTCOME, *(getattr(outcome, name.strip()) for name in OUTCOME_COLUMNS.split(",")))


async def top_category(product_ids: Sequence[UUID]) -> UUID | None:
    """Give the top category of the first of these products that has one."""
    found: UUID | None = await connection().fetchval(TOP_CATEGORY, list(product_ids))
    return found


async def take_stale(limit: int | None) -> list[tuple[UUID, datetime]]:
    """Take suppliers whose rates are to be computed, so that no other worker takes them too; with the moment of the latest fact of each."""
    rows = await connection().fetch(
        """DELETE FROM trust.stale_suppliers WHERE supplier_id IN
           (SELECT supplier_id FROM trust.stale_suppliers ORDER BY supplier_id LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING supplier_id, since""",
        limit,
    )
    return [(row["supplier_id"], row["since"]) for row in rows]


async def stale() -> set[UUID]:
    """Give the suppliers that wait for computing."""
    return {row[0] for row in await connection().fetch("SELECT supplier_id FROM trust.stale_suppliers")}


async def tallies(supplier_ids: Sequence[UUID] | None, *, window_days: int, now: datetime) -> dict[UUID, Tally]:
    """Count the outcomes of a window that ends now by supplier, for these suppliers or for all that have any."""
    rows = await connection().fetch(COUNTS, now, window_days, list(supplier_ids) if supplier_ids is not None else None)
    counts: dict[UUID, list[Counts]] = {}
    answers: dict[UUID, Response] = {}
    for supplier_id, is_whole, category_id, *numbers, hours, n, low, high in rows:
        if is_whole:
            answers[supplier_id] = Response(hours, n, low, high)
        else:
            counts.setdefault(supplier_id, []).append(Counts(category_id, *numbers))
    return {supplier_id: Tally(tuple(part), answers[supplier_id]) for supplier_id, part in counts.items()}


async def market(*, window_days: int, as_of: datetime) -> list[Counts]:
    """Count the events of the whole market by category, as they were known at a moment."""
    return [Counts(*row) for row in await connection().fetch(MARKET, as_of, window_days)]


async def save_means(rows: Sequence[tuple[object, ...]]) -> None:
    """Keep the means of a moment."""
    await connection().executemany(MEAN, rows)


async def means(as_of: datetime) -> tuple[datetime | None, list[CategoryMean]]:
    """Give the means in force at a moment and when they were worked out; none before the first."""
    rows = await connection().fetch(MEANS, as_of)
    return (rows[0][0] if rows else None), [CategoryMean(*tuple(row)[1:]) for row in rows]


async def means_at(as_of: datetime) -> list[CategoryMean]:
    """Give the means of exactly this moment."""
    return [CategoryMean(*tuple(row)[1:]) for row in await connection().fetch(MEANS_AT, as_of)]


async def save_rates(rates: Sequence[SupplierRates]) -> None:
    """Store computed rates over the old ones, in the order of suppliers, so that two computings never wait for each other in a circle."""
    await connection().executemany(SAVE, sorted((_columns(one) for one in rates), key=lambda row: str(row[0])))


def _columns(one: SupplierRates) -> tuple[Any, ...]:
    shares = [(share.k, share.n, share.low, share.high, share.rate, share.mean) for share in (one.on_time, one.acceptance)]
    return (one.supplier_id, one.as_of, one.window_days, *shares[0], *shares[1], *msgspec.structs.astuple(one.response), one.formula, one.means_as_of)


async def rates_of(supplier_ids: Sequence[UUID | str]) -> dict[str, SupplierRates]:
    """Give the stored rates of these suppliers by their ids as text."""
    rows = await connection().fetch(f"{RATES} WHERE supplier_id = ANY ($1)", list(supplier_ids))
    return {str(row[0]): _rates(tuple(row)) for row in rows}


async def all_rates() -> list[SupplierRates]:
    """Give every supplier's stored rates, by id."""
    return [_rates(tuple(row)) for row in await connection().fetch(f"{RATES} ORDER BY supplier_id")]


async def suppliers_with_events() -> list[UUID]:
    """Give the suppliers of whom anything is known."""
    return [row[0] for row in await connection().fetch("SELECT DISTINCT supplier_id FROM trust.events ORDER BY supplier_id")]


def _rates(row: tuple[Any, ...]) -> SupplierRates:
    return SupplierRates(row[0], row[1], row[2], Share(*row[3:9]), Share(*row[9:15]), Response(*row[15:19]), *row[19:21])
