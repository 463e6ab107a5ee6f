"""Owns the hot statements: the facts of a product's offers, the same facts under lock, and the summaries of lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.database import connection
from marketplace.kernel.literals import anywhere
from vendors.offers.schemas import LockedOffer, OfferFact, OfferSummary, OwnFilter, SellingOffer
from vendors.stock.schemas import Level

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from asyncpg import Record

    from vendors.visibility.schemas import Viewer

# Offers come in parts of so many: the second part is read where the first is full, so that none is left out by its place in the order of ids.
PART = 500
OFFERS_MAX = 5000
# The order of the columns is the order of OfferFact's fields, whose last is the sight. $1 is the present moment in every statement of this file.
FACTS = """
  o.product_id, o.id, o.supplier_id, o.supplier_sku, g.display_name, s.slug, g.country, CASE WHEN g.state = 'active' THEN s.state ELSE 'suspended' END,
  (s.closed_from IS NOT NULL AND ($1::timestamptz AT TIME ZONE g.time_zone)::date BETWEEN s.closed_from AND s.closed_to),
  coalesce(s.ends_on <= ($1::timestamptz AT TIME ZONE g.time_zone)::date, false),
  s.auto_accepts, s.acceptance_hours, s.acceptance_counts, c.checks, c.checked_on,
  o.state, o.visibility, o.currency, o.unit_code, u.decimals, o.moq, o.multiple, o.pack_size, o.lead_days, o.incoterm,
  o.origin_country, o.condition, o.valid_from, o.valid_to, o.allows_backorder,
  t.id, t.country, t.region, t.postal_code, t.city, t.time_zone, t.cut_off, t.working_days, t.keeps_public_holidays,
  coalesce(e.closed_on, '{}'), coalesce(e.opened_on, '{}'), coalesce(t.opens_at, '{}'), coalesce(t.closes_at, '{}'),
  v.id, v.valid_from, coalesce(v.tier_from, '{}'), coalesce(v.tier_price, '{}')"""
PRODUCT_FACTS = "p.state, p.category_id, p.weight_grams, p.volume_cm3, y.typical_weight_grams, y.hs_prefix"
JOINS = """
  JOIN catalogue.products p ON p.id = o.product_id
  LEFT JOIN catalogue.categories y ON y.id = p.category_id
  JOIN catalogue.units u ON u.code = o.unit_code
  JOIN vendors.suppliers s ON s.organisation_id = o.supplier_id
  JOIN kernel.organisations g ON g.id = o.supplier_id
  JOIN vendors.sites t ON t.id = o.site_id
  LEFT JOIN LATERAL vendors.price_in_force(o.product_id, o.id, $1::timestamptz) v ON true
  CROSS JOIN LATERAL (SELECT count(*)::int AS checks, max(h.passed_on) AS checked_on FROM vendors.supplier_checks h
    WHERE h.supplier_id = o.supplier_id AND h.passed_on <= ($1::timestamptz AT TIME ZONE 'UTC')::date AND (h.expires_on IS NULL OR h.expires_on > ($1::timestamptz AT TIME ZONE 'UTC')::date)) c
  CROSS JOIN LATERAL (SELECT array_agg(x.on_date ORDER BY x.on_date) FILTER (WHERE NOT x.is_open) AS closed_on,
    array_agg(x.on_date ORDER BY x.on_date) FILTER (WHERE x.is_open) AS opened_on
    FROM vendors.site_exceptions x WHERE x.site_id = o.site_id AND x.on_date >= ($1::timestamptz AT TIME ZONE 'UTC')::date - 1) e"""
# What a viewer sees of an offer: 0 nothing, 1 all but its price, 2 all. The function is asked only where its supplier restricts something.
_SIGHT = """
  CROSS JOIN LATERAL (SELECT CASE WHEN NOT s.is_restricted AND o.visibility = 'public' THEN 2
    ELSE vendors.sight({viewer}, {sees_all}, o.supplier_id, p.category_id, o.visibility) END AS sight) z"""
# Which offers sell is said by this function; rules.reasons says the same in words, and a test holds the two together.
SELLS = "vendors.sells(p, o, s, g, v.id, k.available, $1::timestamptz)"
# The same written out, as the comparison has it; the test holds it to them too.
SELLABLE = """p.state = 'published' AND o.state = 'approved' AND s.state = 'open' AND g.state = 'active' AND o.valid_from <= $1::timestamptz AND (o.valid_to IS NULL OR o.valid_to > $1::timestamptz)
  AND NOT (s.closed_from IS NOT NULL AND ($1::timestamptz AT TIME ZONE g.time_zone)::date BETWEEN s.closed_from AND s.closed_to)
  AND (s.ends_on IS NULL OR s.ends_on > ($1::timestamptz AT TIME ZONE g.time_zone)::date)
  AND v.id IS NOT NULL AND (k.available > 0 OR o.allows_backorder)"""
STOCK = """
  CROSS JOIN LATERAL (SELECT coalesce(sum(greatest(l.on_hand - l.reserved - l.safety, 0)), 0)::bigint AS available, coalesce(min(l.counted_at), o.created_at) AS counted_at
    FROM vendors.stock_levels l WHERE l.product_id = o.product_id AND l.offer_id = o.id) k"""
# Where a price that was agreed with the viewer takes the place of the list's. Nothing keeps such prices yet: the join finds none.
AGREED = """
  LEFT JOIN LATERAL (SELECT NULL::uuid AS id, NULL::timestamptz AS valid_from, NULL::bigint[] AS tier_from, NULL::numeric[] AS tier_price WHERE false) a ON true"""
# The order of the columns is the order of SellingOffer's fields.
SELLING = """o.id, o.product_id, o.supplier_id, c.checks, json_build_object(
    'id', g.id, 'name', g.display_name, 'slug', s.slug, 'country', g.country, 'checks', c.checks, 'checked_on', c.checked_on, 'checks_source', 'operator'),
  o.supplier_sku, o.currency, o.unit_code, u.decimals, o.moq, o.multiple, o.pack_size, o.lead_days, o.incoterm, o.condition, o.allows_backorder,
  o.origin_country, t.country, t.postal_code, t.time_zone, t.cut_off,
  json_build_array(t.country, t.region, t.working_days, t.keeps_public_holidays, coalesce(e.closed_on, '{}'), coalesce(e.opened_on, '{}'))::text,
  CASE WHEN z.sight = 2 THEN coalesce(a.id, v.id)::text ELSE '' END, coalesce(a.valid_from, v.valid_from),
  CASE WHEN z.sight = 2 THEN coalesce(a.tier_from, v.tier_from) ELSE '{}' END, CASE WHEN z.sight = 2 THEN coalesce(a.tier_price, v.tier_price)::text[] ELSE '{}' END, k.available, k.counted_at, p.category_id, y.hs_prefix,
  coalesce(p.weight_grams, y.typical_weight_grams), p.weight_grams IS NULL AND y.typical_weight_grams IS NOT NULL, p.volume_cm3,
  o.updated_at, z.sight < 2"""
# One JSON value for all offers: to decode it costs half of decoding as many rows of thirty columns.
COMPARE = f"""SELECT json_agg(x.fact ORDER BY x.id) FROM (
  SELECT o.id, json_build_array({SELLING}) AS fact FROM vendors.offers o {JOINS} {AGREED} {STOCK} {_SIGHT.format(viewer="$3::uuid", sees_all="$4::boolean")}
  WHERE o.product_id = $2 AND {SELLABLE} AND z.sight > 0 ORDER BY o.id LIMIT {PART}) x"""
NEXT_PART = COMPARE.replace("WHERE o.product_id = $2", "WHERE o.product_id = $2 AND o.id > $5")
# The same for many products at once, each by its own look into the index.
COMPARE_MANY = f"SELECT w.id, ({COMPARE.replace('$2', 'w.id')}) FROM unnest($2::uuid[]) AS w(id)"
LOCK = f"""SELECT {FACTS}, greatest(k.on_hand - k.reserved - k.safety, 0), k.counted_at, {PRODUCT_FACTS}, z.sight,
  p.title, p.brand, p.part_number, k.product_id, k.offer_id, k.site_id, k.on_hand, k.reserved, k.safety, o.allows_backorder, o.supplier_id, o.is_watched
  FROM unnest($2::uuid[], $3::uuid[]) AS n(product_id, offer_id)
  JOIN vendors.offers o ON o.product_id = n.product_id AND o.id = n.offer_id {JOINS} {_SIGHT.format(viewer="$4::uuid", sees_all="$5::boolean")}
  JOIN vendors.stock_levels k ON k.product_id = o.product_id AND k.offer_id = o.id
  ORDER BY k.product_id, k.offer_id, k.site_id FOR UPDATE OF k"""
BY_PAIRS = f"""SELECT {FACTS}, k.available, k.counted_at, {PRODUCT_FACTS}, z.sight, p.title, p.brand, p.part_number
  FROM unnest($2::uuid[], $3::uuid[]) AS n(product_id, offer_id)
  JOIN vendors.offers o ON o.product_id = n.product_id AND o.id = n.offer_id {JOINS} {STOCK} {_SIGHT.format(viewer="$4::uuid", sees_all="$5::boolean")}
  ORDER BY o.product_id, o.id"""
OWN_WHERE = f"""o.supplier_id = $2 AND ($3::uuid IS NULL OR o.id < $3)
  AND ($4 = '' OR o.supplier_sku ILIKE $4 OR p.title ILIKE $4 OR p.part_number ILIKE $4)
  AND ($5 = '' OR o.state = $5 OR ($5 = 'hidden' AND NOT {SELLS}) OR ($5 = 'low' AND EXISTS (
    SELECT FROM vendors.stock_alerts a WHERE a.supplier_id = $2 AND a.product_id = o.product_id AND a.offer_id = o.id AND a.recovered_at IS NULL)))"""
OWN = f"""SELECT {FACTS}, k.available, k.counted_at, {PRODUCT_FACTS}, 2, o.version, p.title, p.slug, CASE WHEN s.is_restricted OR o.visibility <> 'public'
    THEN vendors.visibility_level(o.supplier_id, p.category_id, o.visibility) ELSE 'public' END
  FROM vendors.offers o {JOINS} {STOCK} WHERE {OWN_WHERE} AND ($7::uuid IS NULL OR o.id = $7) ORDER BY o.id DESC LIMIT $6"""
OWN_COUNT = f"SELECT count(*) FROM (SELECT FROM vendors.offers o {JOINS} {STOCK} WHERE {OWN_WHERE} LIMIT $6) counted"
SUMMARIES = f"""SELECT o.product_id, round(min(v.tier_price[width_bucket(vendors.smallest_quantity(o.moq, o.multiple), v.tier_from)] * r.rate) FILTER (WHERE z.sight = 2), 6),
  count(DISTINCT o.supplier_id)::int,
  count(*)::int, sum(k.available)::bigint
  FROM vendors.offers o
  JOIN catalogue.products p ON p.id = o.product_id
  JOIN vendors.suppliers s ON s.organisation_id = o.supplier_id
  JOIN kernel.organisations g ON g.id = o.supplier_id
  CROSS JOIN LATERAL vendors.price_in_force(o.product_id, o.id, $1::timestamptz) v
  {STOCK} {_SIGHT.format(viewer="$3::uuid", sees_all="$4::boolean")}
  LEFT JOIN unnest($5::text[], $6::numeric[]) AS r(currency, rate) ON r.currency = o.currency
  WHERE o.product_id = ANY($2) AND {SELLS} AND z.sight > 0 GROUP BY o.product_id"""
FACT_COUNT = len(OfferFact.__struct_fields__)
DECODER = msgspec.json.Decoder(list[SellingOffer])
AVAILABLE = OfferFact.__struct_fields__.index("available")


async def offers_for_comparison(product_id: UUID, *, now: datetime, viewer: Viewer) -> list[SellingOffer]:
    """Read the product's offers that sell at this moment and that the viewer sees, in the order of their ids: the first 5,000."""
    facts: str | None = await connection().fetchval(COMPARE, now, product_id, *viewer)
    return await _whole(DECODER.decode(facts), product_id, now=now, viewer=viewer) if facts else []


async def _whole(found: list[SellingOffer], product_id: UUID, *, now: datetime, viewer: Viewer) -> list[SellingOffer]:
    """Read on after a first part that is full."""
    part = found
    while len(part) == PART and len(found) < OFFERS_MAX:
        facts: str | None = await connection().fetchval(NEXT_PART, now, product_id, *viewer, found[-1].offer_id)
        part = DECODER.decode(facts) if facts else []
        found += part
    return found


async def offers_for_comparisons(product_ids: Sequence[UUID], *, now: datetime, viewer: Viewer) -> dict[UUID, list[SellingOffer]]:
    """Read the same of many products, those without any offer left out."""
    rows = await connection().fetch(COMPARE_MANY, now, product_ids, *viewer)
    found = {row[0]: DECODER.decode(row[1]) for row in rows if row[1]}
    return {product_id: await _whole(part, product_id, now=now, viewer=viewer) for product_id, part in found.items()}


async def lock_offers(pairs: Sequence[tuple[UUID, UUID]], *, now: datetime, viewer: Viewer) -> list[tuple[Record, list[Level]]]:
    """Lock the stock rows of the (product, offer) pairs in the written order and read their facts, sellable or not, one entry an offer."""
    rows = await connection().fetch(LOCK, now, [pair[0] for pair in pairs], [pair[1] for pair in pairs], *viewer)
    found: dict[tuple[UUID, UUID], tuple[Record, list[Level]]] = {}
    for row in rows:
        found.setdefault((row[0], row[1]), (row, []))[1].append(Level(*row[FACT_COUNT + 3 :]))
    return list(found.values())


async def offers_by_pairs(pairs: Sequence[tuple[UUID, UUID]], *, now: datetime, viewer: Viewer) -> list[Record]:
    """Read the facts of these (product, offer) pairs without a lock, sellable or not, seen or not."""
    rows: list[Record] = await connection().fetch(BY_PAIRS, now, [pair[0] for pair in pairs], [pair[1] for pair in pairs], *viewer)
    return rows


def locked_offer(row: Record, levels: list[Level], *, fact: OfferFact, reasons: tuple[str, ...]) -> LockedOffer:
    """Shape one row with its facts, as far as the viewer sees them, and what the rules made of them."""
    title, brand, part_number = row[FACT_COUNT : FACT_COUNT + 3]
    return LockedOffer(fact, title, brand, part_number, levels, reasons)


def fact_of(row: Record, *, available: int) -> OfferFact:
    """Shape the facts of a locked row, whose own `available` is that of one site, with the sum over the sites."""
    values = list(row[:FACT_COUNT])
    values[AVAILABLE] = available
    return OfferFact(*values)


async def offer_summaries(
    product_ids: Sequence[UUID], *, now: datetime, viewer: Viewer, currency: str, rates: dict[str, Decimal]
) -> dict[UUID, OfferSummary]:
    """Summarise what sells of each product; prices go through `rates` (one unit of the key in `currency`), unknown ones count no price."""
    rows = await connection().fetch(SUMMARIES, now, product_ids, *viewer, list(rates), list(rates.values()))
    return {row[0]: OfferSummary(row[1], currency, row[2], row[3], row[4]) for row in rows}


async def own_offers(
    supplier_id: UUID, *, which: OwnFilter, after: UUID | None, only: UUID | None = None, now: datetime
) -> list[tuple[OfferFact, int, str, str, str]]:
    """Read the supplier's own offers, the newest first, sellable or not: facts, version, title and slug of the product, level of visibility."""
    rows = await connection().fetch(OWN, now, supplier_id, after, anywhere(which.text), which.show, which.limit, only)
    return [(OfferFact(*row[:FACT_COUNT]), *row[FACT_COUNT : FACT_COUNT + 4]) for row in rows]


async def count_own_offers(supplier_id: UUID, *, which: OwnFilter, now: datetime) -> int:
    """Count the supplier's own offers under a filter, up to its limit."""
    count: int = await connection().fetchval(OWN_COUNT, now, supplier_id, None, anywhere(which.text), which.show, which.limit)
    return count
