"""Owns the SQL of the score."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from marketplace.kernel.database import connection
from trust.score.schemas import Counts, Share, SupplierRates

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

# Columns are given by name, and only those of this module: facts may come in any order, so each writes what it knows.
OUTCOME = """INSERT INTO trust.order_outcomes (order_id, supplier_id, buyer_id, {names}) VALUES ($1, $2, $3, {places})
ON CONFLICT (order_id) DO UPDATE SET {changes}"""
STALE = "INSERT INTO trust.stale_suppliers (supplier_id, since) VALUES ($1, $2) ON CONFLICT (supplier_id) DO UPDATE SET since = excluded.since"
KNOWN_COLUMNS = frozenset(
    (
        "placed_at",
        "accepted_at",
        "refused_at",
        "is_timed_out",
        "cancelled_at",
        "cancelled_by",
        "promised_on",
        "time_zone",
        "delivered_at",
        "delivered_on",
    )
)

# An order counts for being on time when it was accepted with a promise, was not cancelled, and has arrived or should have arrived by now;
# dates compare in the ship-to zone. It counts for acceptance when the supplier answered or let the time pass.
COUNTS = """
SELECT supplier_id,
  count(*) FILTER (WHERE promise_due AND delivered_on <= promised_on) AS on_time_k,
  count(*) FILTER (WHERE promise_due) AS on_time_n,
  count(*) FILTER (WHERE accepted_at IS NOT NULL) AS acceptance_k,
  count(*) FILTER (WHERE accepted_at IS NOT NULL OR refused_at IS NOT NULL) AS acceptance_n,
  round((percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM coalesce(accepted_at, refused_at) - placed_at) / 3600.0)
    FILTER (WHERE NOT is_timed_out AND coalesce(accepted_at, refused_at) IS NOT NULL))::numeric, 2) AS response_hours
FROM (SELECT *, accepted_at IS NOT NULL AND promised_on IS NOT NULL AND cancelled_at IS NULL
         AND (delivered_on IS NOT NULL OR promised_on < ($1::timestamptz AT TIME ZONE time_zone)::date) AS promise_due
      FROM trust.order_outcomes WHERE placed_at > $1::timestamptz - make_interval(days => $2) AND placed_at <= $1
        AND ($3::uuid[] IS NULL OR supplier_id = ANY ($3))) o
GROUP BY supplier_id ORDER BY supplier_id"""

SAVE = """
INSERT INTO trust.supplier_rates (supplier_id, as_of, window_days, on_time_k, on_time_n, on_time_low, on_time_high, acceptance_k, acceptance_n,
  acceptance_low, acceptance_high, response_hours, formula)
SELECT u.*, $12 FROM unnest($1::uuid[], $2::timestamptz[], $3::int[], $4::bigint[], $5::bigint[], $6::numeric[], $7::numeric[], $8::bigint[],
  $9::bigint[], $10::numeric[], $11::numeric[], $13::numeric[]) u
ON CONFLICT (supplier_id) DO UPDATE SET as_of = excluded.as_of, window_days = excluded.window_days, on_time_k = excluded.on_time_k,
  on_time_n = excluded.on_time_n, on_time_low = excluded.on_time_low, on_time_high = excluded.on_time_high, acceptance_k = excluded.acceptance_k,
  acceptance_n = excluded.acceptance_n, acceptance_low = excluded.acceptance_low, acceptance_high = excluded.acceptance_high,
  response_hours = excluded.response_hours, formula = excluded.formula"""

RATES = """SELECT supplier_id, as_of, window_days, on_time_k, on_time_n, on_time_low, on_time_high, acceptance_k, acceptance_n, acceptance_low,
  acceptance_high, response_hours, formula FROM trust.supplier_rates WHERE supplier_id = ANY ($1)"""


async def save_outcome(order_id: UUID, *, supplier_id: UUID, buyer_id: UUID, columns: dict[str, Any], now: datetime) -> None:
    """Write what one fact tells of an order and mark its supplier for computing."""
    assert columns.keys() <= KNOWN_COLUMNS, "facts write known columns"
    names = list(columns)
    statement = OUTCOME.format(
        names=", ".join(names),
        places=", ".join(f"${place + 4}" for place in range(len(names))),
        changes=", ".join(f"{name} = excluded.{name}" for name in names),
    )
    await connection().execute(statement, order_id, supplier_id, buyer_id, *columns.values())
    await connection().execute(STALE, supplier_id, now)


async def take_stale(limit: int) -> list[UUID]:
    """Take suppliers whose rates are to be computed, so that no other worker takes them too."""
    rows = await connection().fetch(
        """DELETE FROM trust.stale_suppliers WHERE supplier_id IN
           (SELECT supplier_id FROM trust.stale_suppliers ORDER BY supplier_id LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING supplier_id""",
        limit,
    )
    return [row["supplier_id"] for row in rows]


async def counts(supplier_ids: Sequence[UUID] | None, *, window_days: int, now: datetime) -> list[Counts]:
    """Count the outcomes of a window that ends now, for these suppliers or for all."""
    rows = await connection().fetch(COUNTS, now, window_days, list(supplier_ids) if supplier_ids is not None else None)
    return [Counts(*row) for row in rows]


async def save_rates(rates: Sequence[SupplierRates]) -> None:
    """Store computed rates over the old ones."""
    columns = list(
        zip(
            *(
                (
                    one.supplier_id, one.as_of, one.window_days, one.on_time.k, one.on_time.n, one.on_time.low, one.on_time.high, one.acceptance.k,
                    one.acceptance.n, one.acceptance.low, one.acceptance.high, one.response_hours,
                )
                for one in rates
            ),
            strict=True,
        )
    )  # fmt: skip
    first, hours = [list(column) for column in columns[:11]], list(columns[11])
    await connection().execute(SAVE.replace("u.*, $12", "u.*, $12::text"), *first, rates[0].formula, hours)


async def rates_of(supplier_ids: Sequence[UUID | str]) -> dict[str, SupplierRates]:
    """Give the stored rates of these suppliers by their ids as text."""
    found = {}
    for row in await connection().fetch(RATES, list(supplier_ids)):
        on_time = Share(row[3], row[4], _share(row[5]), _share(row[6]))
        acceptance = Share(row[7], row[8], _share(row[9]), _share(row[10]))
        found[str(row[0])] = SupplierRates(row[0], row[1], row[2], on_time, acceptance, row[11], row[12])
    return found


def _share(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)
