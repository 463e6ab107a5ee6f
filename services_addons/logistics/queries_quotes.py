"""Owns the SQL that freight is quoted from: a batch of any size is one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.kernel.database import connection
from services_addons.logistics.schemas import FreightRow, Surcharge

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from asyncpg import Record

    from marketplace.trade.landed.schemas import Id

_SURCHARGES = msgspec.json.Decoder(list[Surcharge])
_PACKED = msgspec.json.Decoder(dict[str, int])
_ZONE = """coalesce(z.code, ''), coalesce(z.transit_days, 0), coalesce(a.postal_prefix, ''), coalesce(a.postal_to, ''), coalesce(z.minimum_minor, 0),
    z.free_from_minor, z.step, z.step_minor, ARRAY(SELECT r.up_to FROM services.freight_rates r WHERE r.zone_id = z.id ORDER BY 1),
    ARRAY(SELECT r.amount_minor FROM services.freight_rates r WHERE r.zone_id = z.id ORDER BY r.up_to),
    (SELECT json_agg(json_build_array(s.code, s.name, s.kind, s.rate::text, s.amount_minor, s.valid_to) ORDER BY s.code, s.id)
       FROM services.freight_surcharges s WHERE s.table_id = f.id AND (s.zone_id IS NULL OR s.zone_id = z.id)
       AND (s.valid_from IS NULL OR s.valid_from <= $3) AND (s.valid_to IS NULL OR s.valid_to >= $3))::text,
    CASE WHEN f.basis = 'pallets' THEN (SELECT json_object_agg(k.product_id, k.per_pallet) FROM (
       SELECT p.product_id, p.per_pallet FROM services.freight_packings p WHERE p.supplier_id = f.supplier_id
       ORDER BY p.product_id = ANY($4::uuid[]) DESC LIMIT 10000) k)::text END"""
_TABLE = "f.id, f.name, f.currency, f.valid_from, f.valid_to, f.source, f.is_invented, f.basis, f.volumetric_divisor"
# A table that does not reach the country gives a row without a zone: it tells such a supplier from one without any table.
FREIGHT = f"""SELECT f.supplier_id, n.country, {_TABLE}, {_ZONE}
  FROM unnest($1::uuid[], $2::text[]) AS n(supplier_id, country)
  JOIN services.freight_tables f ON f.supplier_id = n.supplier_id AND f.withdrawn_at IS NULL
  LEFT JOIN services.freight_zone_areas a ON a.table_id = f.id AND a.country = n.country
  LEFT JOIN services.freight_zones z ON z.id = a.zone_id
  WHERE f.valid_to IS NULL OR f.valid_to >= $3
  ORDER BY f.valid_from DESC, f.id DESC, length(a.postal_prefix) DESC, a.postal_prefix COLLATE "C" """
ONE_TABLE = f"""SELECT f.supplier_id, $2, {_TABLE}, {_ZONE}
  FROM services.freight_tables f
  LEFT JOIN services.freight_zone_areas a ON a.table_id = f.id AND a.country = $2
  LEFT JOIN services.freight_zones z ON z.id = a.zone_id
  WHERE f.id = $1 ORDER BY length(a.postal_prefix) DESC, a.postal_prefix COLLATE "C" """

BEGIN = "SELECT table_id, min(valid_from) FROM services.freight_surcharges WHERE table_id = ANY($1) AND valid_from > $2 GROUP BY 1"


async def freight_rows(pairs: Sequence[tuple[Id, str]], *, today: date, product_ids: Sequence[Id] = ()) -> list[FreightRow]:
    """Read what these suppliers' tables that have not ended say of these countries: the newest table first, in it the longest prefix.

    For tables of pallets what goes on one is read too, of these products first, of at most 10,000 a supplier.
    """
    return _rows(await connection().fetch(FREIGHT, [pair[0] for pair in pairs], [pair[1] for pair in pairs], today, product_ids))


async def surcharges_begin(table_ids: Sequence[UUID], *, today: date) -> dict[UUID, date]:
    """Give the next day on which a surcharge of each table begins, after a day; tables without one are left out."""
    return {row[0]: row[1] for row in await connection().fetch(BEGIN, table_ids, today)}


async def rows_of_table(table_id: UUID, *, country: str, today: date) -> list[FreightRow]:
    """Read what one version of a table says of a country, whether it counts or not, with the surcharges of a day; without packings."""
    return _rows(await connection().fetch(ONE_TABLE, table_id, country, today, []))


def _rows(rows: Sequence[Record]) -> list[FreightRow]:
    made = []
    for row in rows:
        values: list[Any] = list(row)
        values[-2] = _SURCHARGES.decode(values[-2]) if values[-2] else []
        values[-1] = _PACKED.decode(values[-1]) if values[-1] else {}
        made.append(FreightRow(*values))
    return made
