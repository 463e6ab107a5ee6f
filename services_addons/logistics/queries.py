"""Owns the SQL of freight and duty; a batch of any size is one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection
from marketplace.kernel.ids import uuid7
from services_addons.logistics.schemas import (
    DutyFound,
    DutyQuery,
    FreightFound,
    FreightQuery,
    FreightTableOut,
    NewDutyRate,
    NewFreightTable,
    RateOut,
    ZoneOut,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

TABLES_MAX = 100
FREIGHT = """SELECT c.i, t.id, t.name, t.code, t.transit_days, t.valid_from, t.source, t.is_invented,
    (SELECT r.amount_minor FROM services.freight_rates r WHERE r.zone_id = t.zone_id AND c.weight IS NOT NULL
      AND r.weight_to_grams >= greatest(c.weight, ceil(c.volume * 1000.0 / t.volumetric_divisor)::bigint) ORDER BY r.weight_to_grams LIMIT 1)
  FROM unnest($2::int[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])
    AS c(i, supplier_id, currency, country, postal_code, weight, volume)
  CROSS JOIN LATERAL (SELECT f.id, f.name, z.code, z.transit_days, f.valid_from, f.source, f.is_invented, f.volumetric_divisor, z.id AS zone_id
    FROM services.freight_tables f
    JOIN services.freight_zone_areas a ON a.table_id = f.id AND a.country = c.country AND starts_with(c.postal_code, a.postal_prefix)
    JOIN services.freight_zones z ON z.id = a.zone_id
    WHERE f.supplier_id = c.supplier_id AND f.currency = c.currency AND f.valid_from <= $1 AND (f.valid_to IS NULL OR f.valid_to >= $1)
    ORDER BY f.valid_from DESC, f.id DESC, length(a.postal_prefix) DESC LIMIT 1) t"""
# A union for industrial goods counts from HS chapter 25 on; goods of unknown chapter are not taken for industrial ones.
DUTY = """SELECT c.i, u.code, d.rate, coalesce(u.source, d.source), d.valid_from, coalesce(d.is_invented, false), d.id
  FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[]) AS c(i, ships_from, origin, destination, hs, category_id)
  LEFT JOIN LATERAL (SELECT a.code, a.source FROM services.customs_unions a JOIN services.customs_unions b USING (code)
    WHERE a.country = c.ships_from AND b.country = c.destination AND (NOT a.is_industrial_only OR left(c.hs, 2) >= '25')
    ORDER BY a.is_industrial_only, a.code LIMIT 1) u ON true
  LEFT JOIN LATERAL (SELECT r.id, r.rate, r.source, r.valid_from, r.is_invented FROM services.duty_rates r
    WHERE u.code IS NULL AND (r.destination = c.destination OR r.destination IN (SELECT m.code FROM services.customs_unions m WHERE m.country = c.destination))
      AND (r.origin = c.origin OR r.origin = '') AND (r.category_id = c.category_id OR starts_with(c.hs, r.hs_prefix))
      AND r.valid_from <= $1 AND (r.valid_to IS NULL OR r.valid_to >= $1)
    ORDER BY r.category_id IS NOT NULL DESC, length(r.hs_prefix) DESC NULLS LAST, r.origin <> '' DESC, r.destination = c.destination DESC,
      r.valid_from DESC LIMIT 1) d ON true"""
TABLES = f"""SELECT id, name, currency, valid_from, valid_to, volumetric_divisor, source, is_invented FROM services.freight_tables
  WHERE supplier_id = $1 AND ($2::uuid IS NULL OR id = $2) ORDER BY valid_from DESC, id DESC LIMIT {TABLES_MAX}"""
ZONES = """SELECT z.table_id, z.id, z.code, z.transit_days,
    ARRAY(SELECT rtrim(a.country || ' ' || a.postal_prefix) FROM services.freight_zone_areas a WHERE a.table_id = z.table_id AND a.zone_id = z.id ORDER BY 1),
    ARRAY(SELECT ARRAY[r.weight_to_grams, r.amount_minor] FROM services.freight_rates r WHERE r.zone_id = z.id ORDER BY r.weight_to_grams)
  FROM services.freight_zones z WHERE z.table_id = ANY($1) ORDER BY z.table_id, z.transit_days, z.code COLLATE "C" """


async def freight(queries: Sequence[FreightQuery], *, today: date) -> list[FreightFound | None]:
    """Find for each consignment what its supplier's table says; None where no valid table covers the place."""
    rows = await connection().fetch(
        FREIGHT,
        today,
        list(range(len(queries))),
        [query.supplier_id for query in queries],
        [query.currency for query in queries],
        [query.country for query in queries],
        [query.postal_code for query in queries],
        [query.weight_grams for query in queries],
        [query.volume_cm3 for query in queries],
    )
    found: list[FreightFound | None] = [None] * len(queries)
    for row in rows:
        found[row[0]] = FreightFound(*row[1:])
    return found


async def duty(queries: Sequence[DutyQuery], *, today: date) -> list[DutyFound]:
    """Find for goods of each line whether a customs union frees them, else the most particular rate."""
    rows = await connection().fetch(
        DUTY,
        today,
        list(range(len(queries))),
        [query.ships_from for query in queries],
        [query.origin for query in queries],
        [query.destination for query in queries],
        [query.hs_prefix for query in queries],
        [query.category_id for query in queries],
    )
    found = [DutyFound(union=None, rate=None, source="", valid_from=None, is_invented=False)] * len(queries)
    for row in rows:
        found[row[0]] = DutyFound(union=row[1], rate=row[2], source=row[3] or "", valid_from=row[4], is_invented=row[5], rate_id=row[6])
    return found


async def is_supplier(organisation_id: UUID) -> bool:
    """Tell whether an organisation sells."""
    return bool(await connection().fetchval("SELECT true FROM vendors.suppliers WHERE organisation_id = $1", organisation_id))


async def insert_table(supplier_id: UUID, *, table: NewFreightTable, now: datetime) -> UUID:
    """Write a freight table with its zones, areas and rates."""
    table_id = uuid7()
    zones = [(uuid7(), zone) for zone in table.zones]
    sql = """INSERT INTO services.freight_tables
        (id, supplier_id, name, currency, valid_from, valid_to, volumetric_divisor, source, is_invented, created_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"""
    values = (table.name, table.currency, table.valid_from, table.valid_to, table.volumetric_divisor, table.source, table.is_invented)
    await connection().execute(sql, table_id, supplier_id, *values, now)
    await _copy("freight_zones", "id table_id code transit_days", [(zone_id, table_id, zone.code, zone.transit_days) for zone_id, zone in zones])
    areas = [(zone_id, table_id, country, prefix) for zone_id, zone in zones for country, prefix in zone.areas]
    await _copy("freight_zone_areas", "zone_id table_id country postal_prefix", areas)
    rates = [(zone_id, grams, amount) for zone_id, zone in zones for grams, amount in zone.rates]
    await _copy("freight_rates", "zone_id weight_to_grams amount_minor", rates)
    return table_id


async def insert_duty_rates(rates: Sequence[NewDutyRate]) -> None:
    """Write rates of duty."""
    columns = "id hs_prefix category_id origin destination rate valid_from valid_to source is_invented"
    records = [
        (
            uuid7(),
            each.hs_prefix,
            each.category_id,
            each.origin,
            each.destination,
            each.rate,
            each.valid_from,
            each.valid_to,
            each.source,
            each.is_invented,
        )
        for each in rates
    ]
    await _copy("duty_rates", columns, records)


async def _copy(table: str, columns: str, records: Sequence[tuple[object, ...]]) -> None:
    await connection().copy_records_to_table(table, schema_name="services", columns=columns.split(), records=records)


async def tables_of(supplier_id: UUID, *, table_id: UUID | None = None) -> list[FreightTableOut]:
    """Read a supplier's freight tables, the newest first, at most 100; with `table_id` that one, if it is the supplier's."""
    heads = await connection().fetch(TABLES, supplier_id, table_id)
    zones: dict[UUID, list[ZoneOut]] = {row["id"]: [] for row in heads}
    for row in await connection().fetch(ZONES, list(zones)):
        zones[row[0]].append(ZoneOut(row[1], row[2], row[3], list(row[4]), [RateOut(*pair) for pair in row[5]]))
    return [FreightTableOut(**dict(row), zones=zones[row["id"]]) for row in heads]
