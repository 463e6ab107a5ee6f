"""Owns the SQL of a supplier's own freight tables and packings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from marketplace.kernel.database import connection, savepoint
from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.i18n import lazy
from marketplace.kernel.ids import uuid7
from services_addons.logistics.rules import falls
from services_addons.logistics.rules_numbers import write_percent
from services_addons.logistics.schemas import FreightTableOut, MarketFreight, MarketTable, PackingOut, RateOut, SurchargeOut, ZoneOut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from services_addons.logistics.schemas import NewFreightTable, PackingIn

TABLES_MAX = 100
PACKINGS_MAX = 500
NO_SUCH_PRODUCT = lazy("There is no such product.")
NO_SUCH_OFFER = lazy("You have no offer under this article number.")
_HEAD = """f.id, f.name, f.currency, f.basis, f.valid_from, f.valid_to, f.volumetric_divisor, f.source, f.is_invented, f.replaces_id, f.withdrawn_at, f.created_at,
    (SELECT n.id FROM services.freight_tables n WHERE n.replaces_id = f.id) AS replaced_by_id"""
TABLES = f"""SELECT {_HEAD} FROM services.freight_tables f
  WHERE f.supplier_id = $1 AND ($2::uuid IS NULL OR f.id = $2) ORDER BY f.valid_from DESC, f.id DESC LIMIT {TABLES_MAX}"""
ZONES = """SELECT z.table_id, z.id, z.code, z.transit_days, z.minimum_minor, z.free_from_minor, z.step, z.step_minor,
    ARRAY(SELECT rtrim(a.country || ' ' || a.postal_prefix || CASE a.postal_to WHEN '' THEN '' ELSE '..' || a.postal_to END)
      FROM services.freight_zone_areas a WHERE a.table_id = z.table_id AND a.zone_id = z.id ORDER BY 1),
    ARRAY(SELECT ARRAY[r.up_to, r.amount_minor] FROM services.freight_rates r WHERE r.zone_id = z.id ORDER BY r.up_to)
  FROM services.freight_zones z WHERE z.table_id = ANY($1) ORDER BY z.table_id, z.id"""
SURCHARGES = """SELECT s.table_id, s.code, s.name, s.kind, s.rate, s.amount_minor, coalesce(z.code, ''), s.valid_from, s.valid_to
  FROM services.freight_surcharges s LEFT JOIN services.freight_zones z ON z.id = s.zone_id WHERE s.table_id = ANY($1) ORDER BY s.id"""
CLASH = """SELECT name, valid_from, valid_to FROM services.freight_tables
  WHERE supplier_id = $1 AND currency = $2 AND withdrawn_at IS NULL AND id IS DISTINCT FROM $5::uuid
    AND daterange(valid_from, valid_to, '[]') && daterange($3, $4, '[]') ORDER BY valid_from LIMIT 1"""
INSERT = """INSERT INTO services.freight_tables
    (id, supplier_id, name, currency, valid_from, valid_to, volumetric_divisor, source, is_invented, created_at, basis, replaces_id)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"""
# What never was in force, or only on the day on which it is replaced or ended, is withdrawn; else it ends the day before.
END = """UPDATE services.freight_tables SET valid_to = CASE WHEN valid_from <= $3 THEN $3 ELSE valid_to END,
    withdrawn_at = CASE WHEN valid_from <= $3 THEN NULL ELSE $4::timestamptz END
  WHERE id = $1 AND supplier_id = $2 AND withdrawn_at IS NULL AND (valid_to IS NULL OR valid_to >= $3) RETURNING id"""
PACK = """INSERT INTO services.freight_packings (supplier_id, product_id, per_pallet, is_stackable, changed_at) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (supplier_id, product_id) DO UPDATE SET per_pallet = excluded.per_pallet, is_stackable = excluded.is_stackable, changed_at = excluded.changed_at"""
UNPACK = "DELETE FROM services.freight_packings WHERE supplier_id = $1 AND product_id = $2"
SKU = "SELECT product_id FROM vendors.offers WHERE supplier_id = $1 AND supplier_sku = $2 ORDER BY id LIMIT 1"
MARKET = """SELECT s.organisation_id, o.display_name, o.country, f.id, f.name, f.currency, f.basis, f.valid_from, f.valid_to, f.is_invented
  FROM (SELECT s.organisation_id FROM vendors.suppliers s JOIN kernel.organisations n ON n.id = s.organisation_id
    WHERE $1 = '' OR strpos(lower(n.display_name), lower($1)) > 0 ORDER BY n.display_name COLLATE "C" LIMIT 200) s
  JOIN kernel.organisations o ON o.id = s.organisation_id
  LEFT JOIN services.freight_tables f ON f.supplier_id = s.organisation_id AND f.withdrawn_at IS NULL AND (f.valid_to IS NULL OR f.valid_to >= $2)
  ORDER BY o.display_name COLLATE "C", s.organisation_id, f.valid_from, f.id"""
PACKINGS = f"""SELECT k.product_id, p.title, k.per_pallet, k.is_stackable, k.changed_at FROM services.freight_packings k
  JOIN catalogue.products p ON p.id = k.product_id WHERE k.supplier_id = $1 ORDER BY k.changed_at DESC, k.product_id LIMIT {PACKINGS_MAX}"""


async def is_supplier(organisation_id: UUID) -> bool:
    """Tell whether an organisation sells."""
    return bool(await connection().fetchval("SELECT true FROM vendors.suppliers WHERE organisation_id = $1", organisation_id))


async def lock_tables(supplier_id: UUID) -> None:
    """Let nobody else change a supplier's tables until the transaction ends; whoever comes second sees what the first one did."""
    await connection().execute("SELECT pg_advisory_xact_lock(hashtextextended('freight ' || $1::text, 0))", str(supplier_id))


async def clash(supplier_id: UUID, *, table: NewFreightTable, beside: UUID | None) -> tuple[str, date, date | None] | None:
    """Give a table of the supplier that holds in the same currency on one of these days, but for the one that is to be replaced."""
    row = await connection().fetchrow(CLASH, supplier_id, table.currency, table.valid_from, table.valid_to, beside)
    return None if row is None else (row[0], row[1], row[2])


async def insert_table(supplier_id: UUID, *, table: NewFreightTable, now: datetime, replaces_id: UUID | None = None) -> UUID | None:
    """Write a version of a freight table with its zones, areas, rates and surcharges; None where another version has the same place already."""
    table_id = uuid7()
    values = (table.name, table.currency, table.valid_from, table.valid_to, table.volumetric_divisor, table.source, table.is_invented)
    try:
        async with savepoint():
            await connection().execute(INSERT, table_id, supplier_id, *values, now, table.basis, replaces_id)
    except (asyncpg.UniqueViolationError, asyncpg.ExclusionViolationError):
        return None
    zones = [(uuid7(), zone) for zone in table.zones]
    columns = "id table_id code transit_days minimum_minor free_from_minor step step_minor"
    records = [
        (zone_id, table_id, zone.code, zone.transit_days, zone.minimum_minor, zone.free_from_minor, zone.step, zone.step_minor)
        for zone_id, zone in zones
    ]
    await _copy("freight_zones", columns, records)
    areas = [(zone_id, table_id, country, *_ends(prefix)) for zone_id, zone in zones for country, prefix in zone.areas]
    await _copy("freight_zone_areas", "zone_id table_id country postal_prefix postal_to", areas)
    rates = [(zone_id, up_to, amount) for zone_id, zone in zones for up_to, amount in zone.rates]
    await _copy("freight_rates", "zone_id up_to amount_minor", rates)
    ids = {zone.code: zone_id for zone_id, zone in zones}
    surcharges = [
        (uuid7(), table_id, ids.get(one.zone), one.code, one.name, one.kind, one.rate, one.amount_minor, one.valid_from, one.valid_to)
        for one in table.surcharges
    ]
    await _copy("freight_surcharges", "id table_id zone_id code name kind rate amount_minor valid_from valid_to", surcharges)
    return table_id


def _ends(prefix: str) -> tuple[str, str]:
    first, _, last = prefix.partition("..")
    return first, last


async def _copy(table: str, columns: str, records: Sequence[tuple[object, ...]]) -> None:
    if records:
        await connection().copy_records_to_table(table, schema_name="services", columns=columns.split(), records=records)


async def end_table(table_id: UUID, *, supplier_id: UUID, last_day: date, now: datetime) -> bool:
    """Let a supplier's table count no longer than to a day; tell whether it still counted after that."""
    return await connection().fetchval(END, table_id, supplier_id, last_day, now) is not None


async def tables_of(supplier_id: UUID, *, table_id: UUID | None = None) -> list[FreightTableOut]:
    """Read a supplier's freight tables with all versions, the newest first, at most 100; with `table_id` that one, if it is the supplier's."""
    heads = await connection().fetch(TABLES, supplier_id, table_id)
    zones: dict[UUID, list[ZoneOut]] = {row["id"]: [] for row in heads}
    surcharges: dict[UUID, list[SurchargeOut]] = {row["id"]: [] for row in heads}
    for row in await connection().fetch(ZONES, list(zones)):
        made = ZoneOut(
            id=row[1], code=row[2], transit_days=row[3], minimum_minor=row[4], free_from_minor=row[5], step=row[6], step_minor=row[7],
            areas=list(row[8]), rates=[RateOut(*pair) for pair in row[9]],
        )  # fmt: skip
        zones[row[0]].append(made)
    for row in await connection().fetch(SURCHARGES, list(zones)):
        percent = write_percent(row[4]) if row[3] == "percent" else ""
        told = SurchargeOut(
            code=row[1], name=row[2], kind=row[3], percent=percent, amount_minor=row[5], zone=row[6], valid_from=row[7], valid_to=row[8]
        )
        surcharges[row[0]].append(told)
    found = [FreightTableOut(**dict(row), zones=zones[row["id"]], surcharges=surcharges[row["id"]]) for row in heads]
    for table in found:
        table.falls = falls(table)
    return found


async def set_packing(supplier_id: UUID, *, packing: PackingIn, now: datetime) -> None:
    """Write what goes on a pallet of a product, or take it away. Raises: InvalidInput for no product."""
    if packing.per_pallet is None:
        await connection().execute(UNPACK, supplier_id, packing.product_id)
        return
    try:
        async with savepoint():
            await connection().execute(PACK, supplier_id, packing.product_id, packing.per_pallet, packing.is_stackable, now)
    except asyncpg.ForeignKeyViolationError:
        raise InvalidInput(errors=(FieldError("/product_id", "no-such-product", NO_SUCH_PRODUCT),)) from None


async def product_of_sku(supplier_id: UUID, *, sku: str) -> UUID:
    """Give the product that a supplier offers under an article number. Raises: InvalidInput."""
    found: UUID | None = await connection().fetchval(SKU, supplier_id, sku)
    if found is None:
        raise InvalidInput(errors=(FieldError("/sku", "no-such-offer", NO_SUCH_OFFER),))
    return found


async def supplier_of(table_id: UUID) -> UUID | None:
    """Give the supplier of a table."""
    found: UUID | None = await connection().fetchval("SELECT supplier_id FROM services.freight_tables WHERE id = $1", table_id)
    return found


async def market_freight(text: str, *, today: date) -> list[MarketFreight]:
    """Read suppliers by name with their tables that are not over."""
    found: dict[UUID, MarketFreight] = {}
    for row in await connection().fetch(MARKET, text, today):
        one = found.setdefault(row[0], MarketFreight(row[0], row[1], row[2], []))
        if row[3] is not None:
            one.tables.append(MarketTable(*row[3:]))
    return list(found.values())


async def packings_of(supplier_id: UUID) -> list[PackingOut]:
    """Read what a supplier puts on pallets, the last changed first, at most 500."""
    return [PackingOut(**dict(row)) for row in await connection().fetch(PACKINGS, supplier_id)]


async def lend_packings(gone_id: UUID, *, kept_id: UUID) -> None:
    """Let each supplier put as much of a product on a pallet as of the one that was merged into it, where it says nothing of it yet."""
    await connection().execute(
        """INSERT INTO services.freight_packings (supplier_id, product_id, per_pallet, is_stackable, changed_at)
        SELECT supplier_id, $2, per_pallet, is_stackable, changed_at FROM services.freight_packings WHERE product_id = $1 ON CONFLICT DO NOTHING""",
        gone_id,
        kept_id,
    )
