"""Owns the SQL of prices over time: planning and withdrawing within the supplier's own, and the lowest of the last days as a viewer sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from marketplace.kernel.database import connection
from marketplace.kernel.ids import uuid7
from vendors.offers.schemas import Tier
from vendors.prices.schemas import PriceLow, PriceVersion, Span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from vendors.visibility.schemas import Viewer

LOCK = """SELECT o.product_id, o.version, o.moq, o.multiple, (SELECT s.time_zone FROM vendors.sites s WHERE s.id = o.site_id)
  FROM vendors.offers o WHERE o.supplier_id = $1 AND o.id = $2 FOR NO KEY UPDATE"""
# What begins later, and what holds now and ends by itself; an endless price of now is followed, not met. What has begun and never holds again, because a
# later price that has begun holds at least as long, stands in nobody's way.
PLANNED = """SELECT v.valid_from, v.valid_to FROM vendors.price_versions v WHERE v.product_id = $1 AND v.offer_id = $2
    AND (v.valid_from > $3 OR v.valid_to > $3) AND NOT EXISTS (SELECT FROM vendors.price_withdrawals x WHERE x.version_id = v.id)
    AND NOT EXISTS (SELECT FROM vendors.price_versions l WHERE l.product_id = v.product_id AND l.offer_id = v.offer_id AND NOT l.is_withdrawn
      AND v.valid_from <= $3 AND l.valid_from <= $3 AND (l.valid_from, l.seq) > (v.valid_from, v.seq) AND (l.valid_to IS NULL OR l.valid_to >= v.valid_to))
  ORDER BY v.valid_from, v.seq"""
INSERT = """INSERT INTO vendors.price_versions (id, product_id, offer_id, seq, valid_from, valid_to, tier_from, tier_price, actor, created_at)
  SELECT $1, o.product_id, o.id, (SELECT coalesce(max(v.seq), 0) + 1 FROM vendors.price_versions v WHERE v.product_id = o.product_id AND v.offer_id = o.id),
    $4, $5, $6, $7, $8, $9 FROM vendors.offers o WHERE o.supplier_id = $2 AND o.id = $3"""
OWN_VERSION = """SELECT v.product_id, v.offer_id, v.valid_from FROM vendors.price_versions v
  JOIN vendors.offers o ON o.product_id = v.product_id AND o.id = v.offer_id WHERE v.id = $1 AND o.supplier_id = $2 FOR NO KEY UPDATE OF o"""
# Who wrote a price is told by name to their own company alone.
VERSIONS = """SELECT v.id, v.seq, v.valid_from, v.valid_to, v.tier_from, v.tier_price, v.created_at,
    CASE WHEN split_part(v.actor, ':', 3) = o.supplier_id::text THEN coalesce(
      (SELECT p.name FROM kernel.people p WHERE p.id::text = split_part(v.actor, ':', 2)), '') ELSE '' END,
    v.actor LIKE 'key:%', x.at
  FROM vendors.price_versions v JOIN vendors.offers o ON o.product_id = v.product_id AND o.id = v.offer_id
  LEFT JOIN vendors.price_withdrawals x ON x.version_id = v.id
  WHERE o.supplier_id = $1 AND o.id = $2 ORDER BY v.valid_from DESC, v.seq DESC LIMIT $3"""
# The price can have changed only where a version or the offer's own validity began or ended; what held at those moments and at the beginning is all
# that held. Whoever does not sell now, and an offer that is over, is not named as the lowest, and what held while the supplier did not sell is no price that anybody could pay.
LOWS = """SELECT o.id, g.display_name, l.price, o.currency, u.decimals, q.least, l.since, l.until
  FROM vendors.offers o
  JOIN catalogue.products p ON p.id = o.product_id
  JOIN catalogue.units u ON u.code = o.unit_code
  JOIN vendors.suppliers s ON s.organisation_id = o.supplier_id
  JOIN kernel.organisations g ON g.id = o.supplier_id
  CROSS JOIN LATERAL (SELECT vendors.smallest_quantity(o.moq, o.multiple) AS least) q
  CROSS JOIN LATERAL (
    WITH moments AS (
      SELECT array_agg(m.at ORDER BY m.at) AS every FROM (
        SELECT $2::timestamptz AS at
        UNION SELECT o.valid_from UNION SELECT o.valid_to
        UNION SELECT w.valid_from FROM vendors.price_versions w WHERE w.product_id = o.product_id AND w.offer_id = o.id
        UNION SELECT w.valid_to FROM vendors.price_versions w WHERE w.product_id = o.product_id AND w.offer_id = o.id) m
      WHERE m.at >= $2 AND m.at <= $1),
    held AS (
      SELECT m.at, v.valid_from, v.tier_price[width_bucket(q.least, v.tier_from)] AS price
      FROM (SELECT every, CASE WHEN s.version > 1 THEN vendors.sold_at(s.organisation_id, every) END AS sold FROM moments) y
      CROSS JOIN LATERAL unnest(y.every) WITH ORDINALITY AS m (at, place)
      LEFT JOIN LATERAL vendors.price_in_force(o.product_id, o.id, m.at) v
        ON o.valid_from <= m.at AND (o.valid_to IS NULL OR o.valid_to > m.at) AND (y.sold IS NULL OR y.sold[m.place]))
    SELECT low.price, low.valid_from AS since, (SELECT min(h.at) FROM held h WHERE h.at > low.at AND h.price IS DISTINCT FROM low.price) AS until
    FROM (SELECT * FROM held ORDER BY price NULLS LAST, at LIMIT 1) low) l
  WHERE o.product_id = $3 AND ($4::uuid IS NULL OR o.id = $4) AND o.state = 'approved' AND o.valid_from <= $1 AND (o.valid_to IS NULL OR o.valid_to > $1) AND l.price IS NOT NULL AND vendors.supplier_sells(s, g, $1::timestamptz)
    AND CASE WHEN NOT s.is_restricted AND o.visibility = 'public' THEN true
      ELSE vendors.sight($5::uuid, $6::boolean, o.supplier_id, p.category_id, o.visibility) = 2 END
  ORDER BY o.id LIMIT 500"""


class Locked(NamedTuple):
    """What of one's own offer decides a planned price, under its lock."""

    product_id: UUID
    version: int
    moq: int
    multiple: int
    time_zone: str


class OwnVersion(NamedTuple):
    """One of the supplier's price versions, its offer locked."""

    product_id: UUID
    offer_id: UUID
    starts: datetime
    is_withdrawn: bool


async def lock_offer(offer_id: UUID, *, supplier_id: UUID) -> Locked | None:
    """Lock one of the supplier's offers; None where it is not the supplier's or is none."""
    row = await connection().fetchrow(LOCK, supplier_id, offer_id)
    return Locked(*row) if row else None


async def lock_version(price_id: UUID, *, supplier_id: UUID) -> OwnVersion | None:
    """Lock the offer of one of the supplier's price versions; None where it is not the supplier's or is none."""
    row = await connection().fetchrow(OWN_VERSION, price_id, supplier_id)
    if row is None:
        return None
    # In a statement of its own: whoever waited for the lock sees what was written meanwhile.
    sql = "SELECT EXISTS (SELECT FROM vendors.price_withdrawals x WHERE x.version_id = $1)"
    return OwnVersion(row[0], row[1], row[2], is_withdrawn=bool(await connection().fetchval(sql, price_id)))


async def planned(offer_id: UUID, *, product_id: UUID, now: datetime) -> list[Span]:
    """Read the spans of prices that begin later, or end later by themselves. The caller holds the offer."""
    return [Span(*row) for row in await connection().fetch(PLANNED, product_id, offer_id, now)]


async def insert(offer_id: UUID, *, supplier_id: UUID, span: Span, tiers: Sequence[Tier], actor: str, now: datetime) -> None:
    """Append a price version under the next number. The caller holds the offer."""
    bounds, prices = [tier.from_quantity for tier in tiers], [tier.unit_price for tier in tiers]
    await connection().execute(INSERT, uuid7(), supplier_id, offer_id, span.starts, span.ends, bounds, prices, actor, now)


async def insert_withdrawal(price_id: UUID, *, supplier_id: UUID, actor: str, now: datetime) -> None:
    """Append the withdrawal of a coming price. The caller holds the offer."""
    sql = """INSERT INTO vendors.price_withdrawals (version_id, product_id, offer_id, actor, at)
      SELECT v.id, v.product_id, v.offer_id, $3, $4 FROM vendors.price_versions v
      JOIN vendors.offers o ON o.product_id = v.product_id AND o.id = v.offer_id WHERE v.id = $1 AND o.supplier_id = $2"""
    await connection().execute(sql, price_id, supplier_id, actor, now)


async def touch(offer_id: UUID, *, supplier_id: UUID, now: datetime) -> int:
    """Count the offer's version on. The caller holds the offer."""
    sql = "UPDATE vendors.offers SET version = version + 1, updated_at = $3 WHERE supplier_id = $1 AND id = $2 RETURNING version"
    return int(await connection().fetchval(sql, supplier_id, offer_id, now))


async def versions(offer_id: UUID, *, supplier_id: UUID, limit: int) -> list[PriceVersion]:
    """Read the price versions of one of the supplier's offers, the one that begins last first."""
    rows = await connection().fetch(VERSIONS, supplier_id, offer_id, limit)
    return [PriceVersion(row[0], row[1], row[2], row[3], tuple(map(Tier, row[4], row[5])), row[6], row[7], row[8], row[9]) for row in rows]


async def lows(product_id: UUID, *, offer_id: UUID | None, since: datetime, now: datetime, viewer: Viewer) -> list[PriceLow]:
    """Read the lowest price of each approved offer on a product from `since` to now, at its smallest quantity, where the viewer sees its price."""
    rows = await connection().fetch(LOWS, now, since, product_id, offer_id, *viewer)
    return [
        PriceLow(
            offer_id=row[0],
            supplier_name=row[1],
            unit_price=row[2],
            currency=row[3],
            unit_decimals=row[4],
            quantity=row[5],
            since=row[6],
            until=row[7],
        )
        for row in rows
    ]
