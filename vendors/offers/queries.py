"""Owns the SQL by which suppliers keep their offers: creating, pricing and locking, always within the supplier's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection
from marketplace.kernel.ids import uuid7
from vendors.offers.schemas import Match, OwnTerms, Tier

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from vendors.offers.schemas import NewOffer

OFFER_COLUMNS = [
    "product_id",
    "id",
    "supplier_id",
    "supplier_sku",
    "state",
    "currency",
    "unit_code",
    "moq",
    "multiple",
    "pack_size",
    "lead_days",
    "incoterm",
    "origin_country",
    "condition",
    "site_id",
    "valid_from",
    "valid_to",
    "allows_backorder",
    "visibility",
    "version",
    "created_at",
    "updated_at",
]
PRICE_COLUMNS = ["id", "product_id", "offer_id", "seq", "valid_from", "tier_from", "tier_price", "actor", "created_at"]
MATCHES = """SELECT p.id, p.title, p.brand, p.part_number, p.unit_code FROM catalogue.products p WHERE p.state = 'published' AND
  (p.id = $2 OR p.id IN (SELECT i.product_id FROM catalogue.product_identifiers i WHERE i.scheme IN ('gtin', 'part_number') AND i.value = $1))
  ORDER BY p.id LIMIT $3"""
BEGINNINGS = """SELECT p.id, p.title, p.brand, p.part_number, p.unit_code FROM catalogue.products p
  JOIN (SELECT i.product_id, i.value FROM catalogue.product_identifiers i WHERE i.scheme = 'part_number' AND i.value COLLATE "C" >= $1 AND i.value COLLATE "C" < $2
    ORDER BY i.value COLLATE "C" LIMIT 200) n ON n.product_id = p.id
  WHERE p.state = 'published' GROUP BY p.id ORDER BY min(n.value COLLATE "C"), p.id LIMIT $3"""
# Fewer letters begin too many part numbers to choose from.
BEGINNING_LENGTH_MIN = 3


async def product_units(product_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Read the unit codes of those of these products that exist."""
    rows = await connection().fetch("SELECT id, unit_code FROM catalogue.products WHERE id = ANY($1)", product_ids)
    return {row[0]: row[1] for row in rows}


async def own_sites(supplier_id: UUID) -> set[UUID]:
    """Read the ids of the supplier's sites."""
    return {row[0] for row in await connection().fetch("SELECT id FROM vendors.sites WHERE supplier_id = $1", supplier_id)}


async def keys_in_use(supplier_id: UUID, *, sku_keys: Sequence[str]) -> set[str]:
    """Read which of these keys name an offer of the supplier already."""
    rows = await connection().fetch("SELECT sku_key FROM vendors.offer_keys WHERE supplier_id = $1 AND sku_key = ANY($2)", supplier_id, sku_keys)
    return {row[0] for row in rows}


async def insert_offers(
    offers: Sequence[tuple[UUID, str, NewOffer]], *, supplier_id: UUID, units: dict[UUID, str], actor: str, now: datetime
) -> None:
    """Write new offers, each (id, sku key, offer), with their keys and first prices, by COPY."""
    copy = connection().copy_records_to_table
    await copy(
        "offers",
        schema_name="vendors",
        columns=OFFER_COLUMNS,
        records=[
            _offer_record(offer_id, offer, supplier_id=supplier_id, unit_code=units[offer.product_id], now=now) for offer_id, _, offer in offers
        ],
    )
    await copy(
        "offer_keys",
        schema_name="vendors",
        columns=["supplier_id", "sku_key", "product_id", "offer_id"],
        records=[(supplier_id, key, offer.product_id, offer_id) for offer_id, key, offer in offers],
    )
    await copy(
        "price_versions",
        schema_name="vendors",
        columns=PRICE_COLUMNS,
        records=[
            (uuid7(), offer.product_id, offer_id, 1, offer.valid_from or now, *_tier_arrays(offer.tiers), actor, now) for offer_id, _, offer in offers
        ],
    )


def _offer_record(offer_id: UUID, offer: NewOffer, *, supplier_id: UUID, unit_code: str, now: datetime) -> tuple[object, ...]:
    return (
        offer.product_id,
        offer_id,
        supplier_id,
        offer.supplier_sku,
        offer.state,
        offer.currency,
        unit_code,
        offer.moq,
        offer.multiple,
        offer.pack_size,
        offer.lead_days,
        offer.incoterm,
        offer.origin_country,
        offer.condition,
        offer.site_id,
        offer.valid_from or now,
        offer.valid_to,
        offer.allows_backorder,
        offer.visibility,
        1,
        now,
        now,
    )


def _tier_arrays(tiers: Sequence[Tier]) -> tuple[list[int], list[Decimal]]:
    return [tier.from_quantity for tier in tiers], [tier.unit_price for tier in tiers]


async def lock_own_offer(offer_id: UUID, *, supplier_id: UUID) -> OwnTerms | None:
    """Lock one of the supplier's offers and read its terms; None where it is not the supplier's or is none."""
    sql = """SELECT product_id, version, moq, multiple, site_id, state FROM vendors.offers
      WHERE supplier_id = $1 AND id = $2 FOR NO KEY UPDATE"""
    row = await connection().fetchrow(sql, supplier_id, offer_id)
    return OwnTerms(*row) if row else None


async def lock_own_offers(offer_ids: Sequence[UUID], *, supplier_id: UUID) -> dict[UUID, OwnTerms]:
    """Lock these of the supplier's offers in the written order and read their terms by offer; what is not the supplier's is missing."""
    sql = """SELECT id, product_id, version, moq, multiple, site_id, state FROM vendors.offers
      WHERE supplier_id = $1 AND id = ANY($2) ORDER BY product_id, id FOR NO KEY UPDATE"""
    return {row[0]: OwnTerms(*row[1:]) for row in await connection().fetch(sql, supplier_id, offer_ids)}


async def touch_offers(offer_ids: Sequence[UUID], *, supplier_id: UUID, now: datetime) -> None:
    """Count the versions of these of the supplier's offers on; the caller holds them locked."""
    sql = "UPDATE vendors.offers SET version = version + 1, updated_at = $3 WHERE supplier_id = $1 AND id = ANY($2)"
    await connection().execute(sql, supplier_id, offer_ids, now)


async def touch_offer(offer_id: UUID, *, supplier_id: UUID, now: datetime) -> int:
    """Count the version of one of the supplier's offers on; the caller holds it locked."""
    sql = "UPDATE vendors.offers SET version = version + 1, updated_at = $3 WHERE supplier_id = $1 AND id = $2 RETURNING version"
    version: int = await connection().fetchval(sql, supplier_id, offer_id, now)
    return version


async def set_state(offer_id: UUID, *, supplier_id: UUID, wanted: str, current: Sequence[str]) -> bool:
    """Move one of the supplier's offers to a state from one of these; tell whether it stood in one of them."""
    sql = "UPDATE vendors.offers SET state = $3 WHERE supplier_id = $1 AND id = $2 AND state = ANY($4) RETURNING true"
    return bool(await connection().fetchval(sql, supplier_id, offer_id, wanted, current))


async def price_in_force(offer_id: UUID, *, supplier_id: UUID, now: datetime) -> list[Tier]:
    """Read the tiers of one of the supplier's offers in force at a moment; none before the first price."""
    sql = """SELECT v.tier_from, v.tier_price FROM vendors.offers o CROSS JOIN LATERAL vendors.price_in_force(o.product_id, o.id, $3) v
      WHERE o.supplier_id = $1 AND o.id = $2"""
    row = await connection().fetchrow(sql, supplier_id, offer_id, now)
    return [Tier(bound, price) for bound, price in zip(*row, strict=True)] if row else []


async def insert_price(offer_id: UUID, *, supplier_id: UUID, tiers: Sequence[Tier], actor: str, now: datetime) -> UUID | None:
    """Append a price version to one of the supplier's offers under the next number; None for another's. The caller holds the offer locked."""
    sql = """INSERT INTO vendors.price_versions (id, product_id, offer_id, seq, valid_from, tier_from, tier_price, actor, created_at)
      SELECT $1, o.product_id, o.id, (SELECT coalesce(max(v.seq), 0) + 1 FROM vendors.price_versions v WHERE v.product_id = o.product_id AND v.offer_id = o.id),
        $7, $4, $5, $6, $7
      FROM vendors.offers o WHERE o.supplier_id = $2 AND o.id = $3 RETURNING id"""
    version_id: UUID | None = await connection().fetchval(sql, uuid7(), supplier_id, offer_id, *_tier_arrays(tiers), actor, now)
    return version_id


async def insert_prices(prices: Mapping[UUID, Sequence[Tier]], *, supplier_id: UUID, actor: str, now: datetime) -> None:
    """Append a price version to each of these of the supplier's offers under its next number, all or none; the caller holds the offers locked."""
    sql = """SELECT o.id, o.product_id, coalesce(max(v.seq), 0) AS last FROM vendors.offers o
      LEFT JOIN vendors.price_versions v ON v.product_id = o.product_id AND v.offer_id = o.id
      WHERE o.supplier_id = $1 AND o.id = ANY($2) GROUP BY o.id, o.product_id"""
    own = {row["id"]: row for row in await connection().fetch(sql, supplier_id, list(prices))}
    await connection().copy_records_to_table(
        "price_versions",
        schema_name="vendors",
        columns=PRICE_COLUMNS,
        records=[
            (uuid7(), own[offer_id]["product_id"], offer_id, own[offer_id]["last"] + 1, now, *_tier_arrays(tiers), actor, now)
            for offer_id, tiers in prices.items()
        ],
    )


async def matches(key: str, *, product_id: UUID | None, limit: int) -> list[Match]:
    """Find published products by id or by an identifier's key (part number, GTIN): those that bear it, else those whose part number begins with it."""
    rows = await connection().fetch(MATCHES, key, product_id, limit)
    if not rows and len(key) >= BEGINNING_LENGTH_MIN:
        rows = await connection().fetch(BEGINNINGS, key, f"{key}\U0010ffff", limit)
    return [Match(*row) for row in rows]
