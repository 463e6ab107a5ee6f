"""Owns the SQL of freight and duty; a batch of any size is one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection
from marketplace.kernel.ids import uuid7
from services_addons.logistics.schemas import (
    DutyBook,
    DutyQuery,
    DutyRow,
    FreightRow,
    FreightTableOut,
    NewDutyRate,
    NewFreightTable,
    RateOut,
    UnionMember,
    ZoneOut,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from marketplace.trade.landed.schemas import Id

TABLES_MAX = 100
# A table that does not reach the country gives a row without a zone: it tells such a supplier from one without any table.
FREIGHT = """SELECT f.supplier_id, n.country, f.id, f.name, f.currency, f.valid_from, f.valid_to, f.source, f.is_invented, f.volumetric_divisor,
    coalesce(z.code, ''), coalesce(z.transit_days, 0), coalesce(a.postal_prefix, ''), ARRAY(SELECT r.weight_to_grams FROM services.freight_rates r WHERE r.zone_id = z.id ORDER BY 1),
    ARRAY(SELECT r.amount_minor FROM services.freight_rates r WHERE r.zone_id = z.id ORDER BY r.weight_to_grams)
  FROM unnest($1::uuid[], $2::text[]) AS n(supplier_id, country)
  JOIN services.freight_tables f ON f.supplier_id = n.supplier_id
  LEFT JOIN services.freight_zone_areas a ON a.table_id = f.id AND a.country = n.country
  LEFT JOIN services.freight_zones z ON z.id = a.zone_id
  WHERE f.valid_to IS NULL OR f.valid_to >= $3
  ORDER BY f.valid_from DESC, f.id DESC, length(a.postal_prefix) DESC"""
# Members of unions come first, then the rates into these destinations or their unions; with goods named, only rates that may be theirs.
DUTY = """SELECT true, m.code, m.country, m.is_industrial_only, m.source, NULL::text, NULL::uuid, NULL::numeric, NULL::date, NULL::date, NULL::uuid
    FROM services.customs_unions m
  UNION ALL SELECT false, r.destination, r.origin, r.is_invented, r.source, r.hs_prefix, r.category_id, r.rate, r.valid_from, r.valid_to, r.id
    FROM services.duty_rates r
    WHERE (r.destination = ANY($1) OR r.destination IN (SELECT m.code FROM services.customs_unions m WHERE m.country = ANY($1)))
      AND ($2::text[] IS NULL OR r.category_id = ANY($3::uuid[]) OR EXISTS (SELECT FROM unnest($2) AS h WHERE starts_with(h, r.hs_prefix)))"""
TABLES = f"""SELECT id, name, currency, valid_from, valid_to, volumetric_divisor, source, is_invented FROM services.freight_tables
  WHERE supplier_id = $1 AND ($2::uuid IS NULL OR id = $2) ORDER BY valid_from DESC, id DESC LIMIT {TABLES_MAX}"""
ZONES = """SELECT z.table_id, z.id, z.code, z.transit_days,
    ARRAY(SELECT rtrim(a.country || ' ' || a.postal_prefix) FROM services.freight_zone_areas a WHERE a.table_id = z.table_id AND a.zone_id = z.id ORDER BY 1),
    ARRAY(SELECT ARRAY[r.weight_to_grams, r.amount_minor] FROM services.freight_rates r WHERE r.zone_id = z.id ORDER BY r.weight_to_grams)
  FROM services.freight_zones z WHERE z.table_id = ANY($1) ORDER BY z.table_id, z.transit_days, z.code COLLATE "C" """


async def freight_rows(pairs: Sequence[tuple[Id, str]], *, today: date) -> list[FreightRow]:
    """Read what these suppliers' tables that have not ended say of these countries: the newest table first, in it the longest prefix."""
    rows = await connection().fetch(FREIGHT, [pair[0] for pair in pairs], [pair[1] for pair in pairs], today)
    return [FreightRow(*row) for row in rows]


async def duty_book(destinations: Sequence[str], *, goods: Sequence[DutyQuery] | None = None) -> DutyBook:
    """Read the members of all unions and the rates into these destinations, with `goods` only those that may be theirs."""
    hs = None if goods is None else [each.hs_prefix for each in goods if each.hs_prefix]
    rows = await connection().fetch(DUTY, destinations, hs, [each.category_id for each in goods or () if each.category_id])
    book = DutyBook({}, {}, {})
    for row in rows:
        if row[0]:
            member = UnionMember(*row[1:5])
            book.unions.setdefault(member.country, {})[member.code] = member
        else:
            rate = DutyRow(*row[1:])
            if rate.category_id is not None:
                book.by_category.setdefault(str(rate.category_id), []).append(rate)
            else:
                book.by_prefix.setdefault(rate.hs_prefix or "", []).append(rate)
    return book


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
