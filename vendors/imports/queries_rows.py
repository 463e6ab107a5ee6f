"""Owns the set-based SQL of the feed: rows are staged by COPY, checked against the catalogue and the supplier's own offers, and applied in chunks."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from marketplace.kernel.database import connection
from vendors.imports import rules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID


STAGE_COLUMNS = ", ".join(f"{name} {kind}" for name, kind in rules.STAGE.items())
MAKE_STAGE = f"CREATE TEMP TABLE IF NOT EXISTS x ({STAGE_COLUMNS}) ON COMMIT DROP"
# The smallest quantity sold under a row's terms.
SMALLEST = "vendors.smallest_quantity(coalesce(r.moq, o.moq, 1), coalesce(r.multiple, o.multiple, 1))"
STATE = """CASE WHEN r.action = 'pause' AND o.state = 'approved' THEN 'paused' WHEN r.action = 'upsert' AND o.state IN ('draft', 'paused') THEN 'approved'
  ELSE o.state END"""
# What a row does not say stays. The three differences decide alike when a file is checked and when it is applied.
TERMS_DIFFER = f"""(coalesce(r.moq, o.moq), coalesce(r.multiple, o.multiple), coalesce(r.pack_size, o.pack_size), coalesce(r.lead_days, o.lead_days),
    coalesce(r.incoterm, o.incoterm), coalesce(r.origin_country, o.origin_country), coalesce(r.condition, o.condition),
    coalesce(r.visibility, o.visibility), coalesce(r.site_id, o.site_id), coalesce(r.allows_backorder, o.allows_backorder),
    coalesce(r.valid_from, o.valid_from), coalesce(r.valid_to, o.valid_to), {STATE})
  IS DISTINCT FROM (o.moq, o.multiple, o.pack_size, o.lead_days, o.incoterm, o.origin_country, o.condition, o.visibility, o.site_id,
    o.allows_backorder, o.valid_from, o.valid_to, o.state)"""
# Below the smallest quantity sold nothing is bought, so two prices are alike wherever their first tiers begin at or under it.
PRICE_DIFFERS = f"""(r.tier_from IS NOT NULL AND (v.tier_price IS DISTINCT FROM r.tier_price OR v.tier_from[2:] IS DISTINCT FROM r.tier_from[2:]
  OR v.tier_from[1] > {SMALLEST}))"""
STOCK_DIFFERS = """((r.stock IS NOT NULL AND k.on_hand IS DISTINCT FROM r.stock) OR (r.safety IS NOT NULL AND coalesce(k.safety, 0) <> r.safety))"""
AS_IT_IS = """LEFT JOIN LATERAL vendors.price_in_force(o.product_id, o.id, $3::timestamptz) v ON true
  LEFT JOIN vendors.stock_levels k ON k.product_id = o.product_id AND k.offer_id = o.id AND k.site_id = coalesce(r.site_id, o.site_id)"""
# A coming price that begins above what a row would have sold at least: nothing could be bought below its first tier.
PLANNED_ABOVE = f"""SELECT FROM vendors.price_versions w WHERE w.product_id = o.product_id AND w.offer_id = o.id AND w.valid_from > $3::timestamptz
    AND w.tier_from[1] > {SMALLEST} AND NOT EXISTS (SELECT FROM vendors.price_withdrawals x WHERE x.version_id = w.id)"""
# Quantities of a row by the columns they stand in, as (column of the file, column of the stage). One that the product's unit does not divide so far
# is told by its own name with what stood there, and so is the start of a price tier. Of an unknown product nobody knows how far it is divided.
QUANTITIES = (("moq", "moq"), ("multiple", "multiple"), ("pack", "pack_size"), ("stock", "stock"), ("safety", "safety"))
DIVIDED = ",\n  ".join(
    f"CASE WHEN NOT r.is_whole AND trunc(r.said_{name}, r.unit_decimals) <> r.said_{name} THEN 'too-many-decimals|{column}|' || r.said_{name} END"
    for column, name in QUANTITIES
)
DIVIDED_TIERS = """CASE WHEN r.is_whole THEN '{}' ELSE ARRAY(SELECT 'too-many-decimals|' || coalesce(r.tier_columns[m.place], 'price') || '|' || m.bound
    FROM unnest(r.said_tiers) WITH ORDINALITY AS m(bound, place) WHERE trunc(m.bound, r.unit_decimals) <> m.bound ORDER BY m.place) END"""
# The numbers of a product that was merged find the one that it leads to, which has them too.
STAYS = "NOT EXISTS (SELECT FROM catalogue.products q WHERE q.id = i.product_id AND q.moved_to IS NOT NULL)"
POWER = "CASE u.decimals WHEN 1 THEN 10 WHEN 2 THEN 100 WHEN 3 THEN 1000 ELSE 1 END"
# $1 run, $2 supplier, $3 the present moment, $4 the supplier's only site. A row asks for its product by itself: joined as two sets without hash or merge,
# a batch of n rows would be walked n times.
CHECK = f"""
WITH named AS (SELECT s.*, h.product_id AS own_product_id, h.offer_id AS own_offer_id, coalesce(g.n, b.n, 1) AS candidates,
      CASE s.reference WHEN 'id' THEN coalesce(d.moved_to, d.id) WHEN 'gtin' THEN g.product_id WHEN 'source' THEN coalesce(e.moved_to, e.id) WHEN 'part' THEN b.product_id ELSE h.product_id END AS named_id
    FROM x s LEFT JOIN LATERAL (SELECT k.product_id, k.offer_id FROM vendors.offer_keys k WHERE k.supplier_id = $2 AND k.sku_key = s.sku_key LIMIT 1) h ON true
    LEFT JOIN catalogue.products d ON s.reference = 'id' AND d.id = s.ref_id
    LEFT JOIN catalogue.products e ON s.reference = 'source' AND e.source = s.ref_more AND e.source_id = s.ref_key
    CROSS JOIN LATERAL (SELECT (array_agg(i.product_id))[1] AS product_id, nullif(count(DISTINCT i.product_id), 0) AS n FROM catalogue.product_identifiers i
      WHERE s.reference = 'gtin' AND i.scheme = 'gtin' AND i.value COLLATE "C" = s.ref_key AND {STAYS}) g
    CROSS JOIN LATERAL (SELECT (array_agg(p.id))[1] AS product_id, nullif(count(DISTINCT p.id), 0) AS n FROM catalogue.product_identifiers i
      JOIN catalogue.products p ON p.id = i.product_id AND lower(p.brand) = s.ref_more
      WHERE s.reference = 'part' AND i.scheme = 'part_number' AND i.value COLLATE "C" = s.ref_key AND p.moved_to IS NULL) b),
  r AS (SELECT n.line, n.id, n.sku, n.sku_key, n.action, n.reference, n.ref_id, n.ref_key, n.candidates, n.named_id, n.own_product_id, n.own_offer_id, n.currency,
      n.tier_price, n.unit, n.lead_days, n.incoterm, n.origin_country, n.condition, n.visibility, n.allows_backorder, n.valid_from, n.valid_to, n.problems,
      p.state AS product_state, p.unit_code, coalesce(u.decimals, 0) AS unit_decimals, coalesce(n.site, CASE WHEN n.own_offer_id IS NULL THEN $4::uuid END) AS site_id,
      t.bounds AS tier_from, u.code IS NULL OR t.is_whole AND trunc(n.moq * {POWER}) IS NOT DISTINCT FROM n.moq * {POWER} AND trunc(n.multiple * {POWER}) IS NOT DISTINCT FROM n.multiple * {POWER}
        AND trunc(n.pack_size * {POWER}) IS NOT DISTINCT FROM n.pack_size * {POWER} AND trunc(n.stock * {POWER}) IS NOT DISTINCT FROM n.stock * {POWER}
        AND trunc(n.safety * {POWER}) IS NOT DISTINCT FROM n.safety * {POWER} AS is_whole, t.is_ascending,
      trunc(n.moq * {POWER})::bigint AS moq, trunc(n.multiple * {POWER})::bigint AS multiple, trunc(n.pack_size * {POWER})::bigint AS pack_size,
      trunc(n.stock * {POWER})::bigint AS stock, trunc(n.safety * {POWER})::bigint AS safety, n.moq AS said_moq, n.multiple AS said_multiple,
      n.pack_size AS said_pack_size, n.stock AS said_stock, n.safety AS said_safety, n.tier_from AS said_tiers, n.tier_columns
    FROM named n LEFT JOIN catalogue.products p ON p.id = n.named_id LEFT JOIN catalogue.units u ON u.code = p.unit_code
    CROSS JOIN LATERAL (SELECT array_agg(greatest(trunc(m.bound * {POWER}), 1)::bigint ORDER BY m.place) AS bounds,
      coalesce(bool_and(trunc(m.bound * {POWER}) = m.bound * {POWER}), true) AS is_whole,
      count(*) = count(DISTINCT greatest(trunc(m.bound * {POWER}), 1)) AS is_ascending FROM unnest(n.tier_from) WITH ORDINALITY AS m(bound, place)) t)
INSERT INTO vendors.import_rows (run_id, line, supplier_id, id, sku, sku_key, kind, action, product_id, offer_id, unit_code, unit_decimals, currency, tier_from,
  tier_price, moq, multiple, pack_size, lead_days, incoterm, origin_country, condition, visibility, site_id, stock, safety, allows_backorder, valid_from, valid_to,
  problems)
SELECT $1, r.line, $2, r.id, coalesce(r.sku, ''), coalesce(r.sku_key, ''),
  CASE WHEN cardinality(f.problems) > 0 THEN 'error' WHEN r.own_offer_id IS NULL THEN 'new' WHEN {TERMS_DIFFER} OR {PRICE_DIFFERS} OR {STOCK_DIFFERS} THEN 'changed'
    ELSE 'unchanged' END,
  r.action, r.named_id, coalesce(r.own_offer_id, r.id), r.unit_code, r.unit_decimals, r.currency, r.tier_from, r.tier_price, r.moq, r.multiple, r.pack_size, r.lead_days,
  r.incoterm, r.origin_country, r.condition, r.visibility, r.site_id, r.stock, r.safety, r.allows_backorder, r.valid_from, r.valid_to, f.problems
FROM r LEFT JOIN vendors.offers o ON o.product_id = r.own_product_id AND o.id = r.own_offer_id {AS_IT_IS}
CROSS JOIN LATERAL (SELECT coalesce(string_to_array(r.problems, E'\\x1f'), '{{}}') || CASE WHEN r.sku_key IS NULL THEN '{{}}' ELSE {DIVIDED_TIERS} || array_remove(ARRAY[
  CASE WHEN r.named_id IS NULL AND r.reference IS NULL AND r.own_offer_id IS NULL AND coalesce(r.problems, '') !~ '\\|(gtin|product_id)\\|' THEN 'product-missing|product_id|' END,
  CASE WHEN r.named_id IS NULL AND r.reference IS NOT NULL THEN 'unknown-product|' || CASE r.reference WHEN 'id' THEN 'product_id' WHEN 'part' THEN 'part_number'
    WHEN 'source' THEN 'source_id' ELSE 'gtin' END || '|' || coalesce(r.ref_id::text, r.ref_key, '') END,
  CASE WHEN r.candidates > 1 THEN 'product-ambiguous|part_number|' || coalesce(r.ref_key, '') END,
  CASE WHEN r.own_product_id <> r.named_id THEN 'sku-of-another-product|sku|' || r.sku END,
  CASE WHEN o.id IS NULL AND r.product_state <> 'published' THEN 'product-not-published|product_id|' END,
  CASE WHEN o.state = 'retired' THEN 'offer-retired|sku|' || r.sku END,
  CASE WHEN o.id IS NULL AND r.action = 'pause' THEN 'nothing-to-pause|sku|' || r.sku END,
  CASE WHEN o.id IS NULL AND r.tier_from IS NULL AND coalesce(r.problems, '') !~ '\\|(price|tier)' THEN 'price-missing|price|' END,
  CASE WHEN o.id IS NULL AND r.currency IS NULL AND coalesce(r.problems, '') !~ '\\|currency\\|' THEN 'currency-missing|currency|' END,
  CASE WHEN o.id IS NULL AND r.origin_country IS NULL AND coalesce(r.problems, '') !~ '\\|origin\\|' THEN 'origin-missing|origin|' END,
  CASE WHEN o.id IS NULL AND r.site_id IS NULL AND coalesce(r.problems, '') !~ '\\|site\\|' THEN 'site-missing|site|' END,
  CASE WHEN r.currency <> o.currency THEN 'currency-differs|currency|' || r.currency END,
  CASE WHEN r.unit <> r.unit_code THEN 'unit-differs|unit|' || left(r.unit, 40) END,
  {DIVIDED},
  CASE WHEN r.is_whole AND NOT r.is_ascending AND coalesce(r.problems, '') !~ 'tiers-not-ascending' THEN 'tiers-not-ascending|price|' END,
  CASE WHEN (coalesce(r.tier_from, v.tier_from))[1] > {SMALLEST} THEN 'tiers-above-least|price|' || (coalesce(r.tier_from, v.tier_from))[1]::text END,
  CASE WHEN {SMALLEST} < vendors.smallest_quantity(o.moq, o.multiple) AND EXISTS ({PLANNED_ABOVE}) THEN 'planned-above-least|moq|' END,
  CASE WHEN coalesce(r.valid_to, o.valid_to) <= coalesce(r.valid_from, o.valid_from, $3::timestamptz) AND (r.valid_to IS NOT NULL OR r.valid_from IS NOT NULL)
    THEN 'ends-before-start|valid_to|' END
  ], NULL) END AS problems OFFSET 0) f"""
DOUBLED = """UPDATE vendors.import_rows r SET kind = 'error', problems = r.problems || ('duplicate|sku|' || CASE WHEN d.first = r.line THEN d.last ELSE d.first END)
  FROM (SELECT sku_key, min(line) AS first, max(line) AS last FROM vendors.import_rows WHERE run_id = $1 AND sku_key <> '' GROUP BY sku_key HAVING count(*) > 1) d
  WHERE r.run_id = $1 AND r.sku_key = d.sku_key"""
COUNTS = """SELECT count(*) AS rows, count(*) FILTER (WHERE kind = 'new') AS new, count(*) FILTER (WHERE kind = 'changed') AS changed,
  count(*) FILTER (WHERE kind = 'unchanged') AS unchanged, count(*) FILTER (WHERE kind = 'error') AS errors FROM vendors.import_rows WHERE run_id = $1"""
NOT_NAMED = "NOT EXISTS (SELECT FROM vendors.import_rows r WHERE r.run_id = $1 AND r.sku_key = h.sku_key)"
MISSING = """SELECT count(*) FILTER (WHERE n.sku_key IS NULL) AS missing, count(*) AS active FROM vendors.offers o
  JOIN vendors.offer_keys h ON h.product_id = o.product_id AND h.offer_id = o.id
  LEFT JOIN (SELECT DISTINCT r.sku_key FROM vendors.import_rows r WHERE r.run_id = $1) n ON n.sku_key = h.sku_key
  WHERE o.supplier_id = $2 AND o.state = 'approved'"""
CHUNK = "r.run_id = $1 AND r.line > $2 AND r.line <= $4"
NEXT_LINE = "SELECT max(y.line) FROM (SELECT line FROM vendors.import_rows WHERE run_id = $1 AND line > $2 ORDER BY line LIMIT $3) y"
LOCK_OFFERS = """SELECT count(*) FROM (SELECT o.id FROM vendors.import_rows r JOIN vendors.offers o ON o.product_id = r.product_id AND o.id = r.offer_id
  WHERE r.run_id = $1 AND r.line > $2 AND r.line <= $3 AND r.kind = 'changed' ORDER BY o.product_id, o.id FOR NO KEY UPDATE OF o) y"""
LOCK_LEVELS = """SELECT count(*) FROM (SELECT k.site_id FROM vendors.import_rows r JOIN vendors.stock_levels k ON k.product_id = r.product_id AND k.offer_id = r.offer_id
  WHERE r.run_id = $1 AND r.line > $2 AND r.line <= $3 AND r.kind = 'changed' ORDER BY k.product_id, k.offer_id, k.site_id FOR UPDATE OF k) y"""
MAKE = f"""
WITH r AS MATERIALIZED (SELECT * FROM vendors.import_rows r WHERE {CHUNK} AND r.kind = 'new'),
  keyed AS (INSERT INTO vendors.offer_keys (supplier_id, sku_key, product_id, offer_id) SELECT r.supplier_id, r.sku_key, r.product_id, r.offer_id FROM r
    ON CONFLICT (supplier_id, sku_key) DO NOTHING RETURNING offer_id),
  made AS (INSERT INTO vendors.offers (product_id, id, supplier_id, supplier_sku, state, currency, unit_code, moq, multiple, pack_size, lead_days, incoterm,
      origin_country, condition, site_id, valid_from, valid_to, allows_backorder, visibility, version, created_at, updated_at)
    SELECT r.product_id, r.offer_id, r.supplier_id, r.sku, 'approved', r.currency, r.unit_code, coalesce(r.moq, 1), coalesce(r.multiple, 1), coalesce(r.pack_size, 1),
      coalesce(r.lead_days, 1), coalesce(r.incoterm, s.default_incoterm), r.origin_country, coalesce(r.condition, 'new'), r.site_id, coalesce(r.valid_from, $3),
      r.valid_to, coalesce(r.allows_backorder, false), coalesce(r.visibility, 'public'), 1, $3, $3
    FROM r JOIN keyed USING (offer_id) JOIN vendors.suppliers s ON s.organisation_id = r.supplier_id),
  priced AS (INSERT INTO vendors.price_versions (id, product_id, offer_id, seq, valid_from, tier_from, tier_price, actor, created_at)
    SELECT r.id, r.product_id, r.offer_id, 1, least(coalesce(r.valid_from, $3), $3), r.tier_from, r.tier_price, $5, $3 FROM r JOIN keyed USING (offer_id)),
  filled AS (INSERT INTO vendors.stock_levels (product_id, offer_id, site_id, on_hand, reserved, safety, counted_at)
    SELECT r.product_id, r.offer_id, r.site_id, coalesce(r.stock, 0), 0, coalesce(r.safety, 0), $3 FROM r JOIN keyed USING (offer_id))
SELECT r.product_id, r.line, q.offer_id IS NOT NULL AS is_made, q.offer_id IS NULL AND r.offer_id IS NOT DISTINCT FROM
  (SELECT h.offer_id FROM vendors.offer_keys h WHERE h.supplier_id = r.supplier_id AND h.sku_key = r.sku_key) AS was_made
FROM r LEFT JOIN keyed q USING (offer_id)"""
OPENING = f"""INSERT INTO vendors.stock_movements (id, product_id, offer_id, site_id, kind, quantity, actor, at)
  SELECT r.id, r.product_id, r.offer_id, r.site_id, 'opening', r.stock, $5, $3::timestamptz FROM vendors.import_rows r
  JOIN vendors.offers o ON o.product_id = r.product_id AND o.id = r.offer_id WHERE {CHUNK} AND r.kind = 'new' AND r.stock > 0 ON CONFLICT (id) DO NOTHING"""
CHANGE = f"""
WITH d AS MATERIALIZED (SELECT r.*, {STATE} AS new_state, coalesce(r.site_id, o.site_id) AS place, k.on_hand AS was, k.safety AS was_safety, o.allows_backorder AS took_backorder,
    {TERMS_DIFFER} AS terms_differ, {PRICE_DIFFERS} AS price_differs, {STOCK_DIFFERS} AS stock_differs
  FROM vendors.import_rows r JOIN vendors.offers o ON o.product_id = r.product_id AND o.id = r.offer_id {AS_IT_IS}
  WHERE {CHUNK} AND r.kind = 'changed' AND o.supplier_id = r.supplier_id AND o.state <> 'retired'),
  touched AS (UPDATE vendors.offers o SET state = d.new_state, moq = coalesce(d.moq, o.moq), multiple = coalesce(d.multiple, o.multiple),
      pack_size = coalesce(d.pack_size, o.pack_size), lead_days = coalesce(d.lead_days, o.lead_days), incoterm = coalesce(d.incoterm, o.incoterm),
      origin_country = coalesce(d.origin_country, o.origin_country), condition = coalesce(d.condition, o.condition),
      visibility = coalesce(d.visibility, o.visibility), site_id = d.place, allows_backorder = coalesce(d.allows_backorder, o.allows_backorder),
      valid_from = coalesce(d.valid_from, o.valid_from), valid_to = coalesce(d.valid_to, o.valid_to), version = o.version + 1, updated_at = $3
    FROM d WHERE o.product_id = d.product_id AND o.id = d.offer_id AND (d.terms_differ OR d.price_differs OR d.stock_differs)),
  priced AS (INSERT INTO vendors.price_versions (id, product_id, offer_id, seq, valid_from, tier_from, tier_price, actor, created_at)
    SELECT d.id, d.product_id, d.offer_id, 1 + (SELECT max(w.seq) FROM vendors.price_versions w WHERE w.product_id = d.product_id AND w.offer_id = d.offer_id),
      $3, d.tier_from, d.tier_price, $5, $3 FROM d WHERE d.price_differs ON CONFLICT (id) DO NOTHING),
  moved AS (INSERT INTO vendors.stock_movements (id, product_id, offer_id, site_id, kind, quantity, actor, at)
    SELECT d.id, d.product_id, d.offer_id, d.place, 'count', d.stock - coalesce(d.was, 0), $5, $3 FROM d
    WHERE d.stock_differs AND d.stock <> coalesce(d.was, 0) ON CONFLICT (id) DO NOTHING),
  counted AS (INSERT INTO vendors.stock_levels AS k (product_id, offer_id, site_id, on_hand, reserved, safety, counted_at)
    SELECT d.product_id, d.offer_id, d.place, coalesce(d.stock, d.was, 0), 0, coalesce(d.safety, d.was_safety, 0), $3 FROM d WHERE d.stock_differs
    ON CONFLICT (product_id, offer_id, site_id) DO UPDATE SET on_hand = excluded.on_hand, safety = excluded.safety, counted_at = excluded.counted_at,
      short_since = CASE WHEN k.reserved <= excluded.on_hand
        OR (SELECT o.allows_backorder FROM vendors.offers o WHERE o.product_id = k.product_id AND o.id = k.offer_id) THEN NULL
        ELSE coalesce(k.short_since, excluded.counted_at) END)
SELECT d.product_id FROM d WHERE d.terms_differ OR d.price_differs OR d.stock_differs"""
WATCHED = """SELECT DISTINCT o.product_id, o.id FROM vendors.import_rows r JOIN vendors.offers o ON o.product_id = r.product_id AND o.id = r.offer_id
  WHERE r.run_id = $1 AND r.line > $2 AND r.line <= $3 AND r.kind = 'changed' AND o.is_watched ORDER BY o.product_id, o.id"""
PAUSE_MISSING = f"""
WITH gone AS (SELECT o.product_id, o.id FROM vendors.offers o JOIN vendors.offer_keys h ON h.product_id = o.product_id AND h.offer_id = o.id
    WHERE o.supplier_id = $2 AND o.state = 'approved' AND {NOT_NAMED} ORDER BY o.product_id, o.id LIMIT $4 FOR NO KEY UPDATE OF o)
UPDATE vendors.offers o SET state = 'paused', version = o.version + 1, updated_at = $3 FROM gone
  WHERE o.product_id = gone.product_id AND o.id = gone.id RETURNING o.product_id"""


async def stage(rows: bytes, *, run_id: UUID, supplier_id: UUID, only_site: UUID | None, now: datetime) -> None:
    """Take rows in by COPY, check them against everything that stands in the database, and keep them with what came of it."""
    held = connection()
    await held.execute(MAKE_STAGE)
    await held.execute("TRUNCATE x")
    # A batch is small beside the tables that it is looked up in: their indexes are asked, never the whole of them.
    await held.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL work_mem = '64MB'")
    # COPY does not go through row level security, so it fills a table that only this transaction sees.
    await held.copy_to_table("x", source=io.BytesIO(rows), columns=list(rules.STAGE), format="csv")
    await held.execute("ANALYZE x")
    await held.execute(CHECK, run_id, supplier_id, now, only_site)
    await held.execute("SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on")


async def settle(run_id: UUID, *, supplier_id: UUID) -> dict[str, int]:
    """Mark article numbers that come twice, and count what the file would do."""
    held = connection()
    # Nobody counts the rows of a run that has just been written, so that the planner takes them for few and walks them once for each offer.
    await held.execute("SET LOCAL enable_nestloop = off")
    await held.execute(DOUBLED, run_id)
    counts = await held.fetchrow(COUNTS, run_id)
    assert counts is not None, "a count answers one row"
    return {**counts, **await missing(run_id, supplier_id=supplier_id)}


async def missing(run_id: UUID, *, supplier_id: UUID) -> dict[str, int]:
    """Count the supplier's offers that are on sale at this moment, and those of them that the run does not name."""
    held = connection()
    await held.execute("SET LOCAL enable_nestloop = off")
    found = await held.fetchrow(MISSING, run_id, supplier_id)
    await held.execute("SET LOCAL enable_nestloop = on")
    assert found is not None, "a count answers one row"
    return dict(found)


async def forget(run_id: UUID) -> None:
    """Throw the rows of a run away."""
    await connection().execute("DELETE FROM vendors.import_rows WHERE run_id = $1", run_id)


async def next_line(run_id: UUID, *, after: int, size: int) -> int | None:
    """Give the last line of the next chunk, None behind the end."""
    line: int | None = await connection().fetchval(NEXT_LINE, run_id, after, size)
    return line


async def apply_chunk(run_id: UUID, *, after: int, until: int, actor: str, now: datetime) -> list[UUID]:
    """Apply the rows behind `after` up to `until`, and give the products whose offers changed. Offers are locked first, stock rows after them.

    A second time does nothing: what differs is asked again under the locks, and what a row makes bears the row's id.
    """
    held = connection()
    await held.execute("SET LOCAL work_mem = '64MB'")
    await held.execute(LOCK_OFFERS, run_id, after, until)
    await held.execute(LOCK_LEVELS, run_id, after, until)
    # Nobody has counted what a statement makes itself: the planner takes a chunk for one row and walks it once for each of its rows.
    await held.execute("SET LOCAL enable_nestloop = off")
    made = await held.fetch(MAKE, run_id, after, now, until, actor)
    await held.execute("SET LOCAL enable_nestloop = on")
    await held.execute(OPENING, run_id, after, now, until, actor)
    if taken := [row["line"] for row in made if not row["is_made"] and not row["was_made"]]:
        await _mark(run_id, taken)
    changed = await held.fetch(CHANGE, run_id, after, now, until, actor)
    return [row["product_id"] for row in made if row["is_made"]] + [row[0] for row in changed]


async def watched(run_id: UUID, *, after: int, until: int) -> list[tuple[UUID, UUID]]:
    """Give the (product, offer) pairs of the rows behind `after` up to `until` whose stock somebody watches, in the written order."""
    return [(row[0], row[1]) for row in await connection().fetch(WATCHED, run_id, after, until)]


async def _mark(run_id: UUID, lines: Sequence[int]) -> None:
    """Say of rows that somebody made an offer of their article number while the file waited."""
    sql = "UPDATE vendors.import_rows SET kind = 'error', problems = '{changed-meanwhile|sku|}' WHERE run_id = $1 AND line = ANY($2)"
    await connection().execute(sql, run_id, lines)
    sql = "UPDATE vendors.import_runs SET new_count = new_count - $2, error_count = error_count + $2 WHERE id = $1"
    await connection().execute(sql, run_id, len(lines))


async def pause_missing(run_id: UUID, *, supplier_id: UUID, size: int, now: datetime) -> list[UUID]:
    """Pause the next offers on sale that the file does not name, and give their products."""
    await connection().execute("SET LOCAL enable_nestloop = off")
    return [row[0] for row in await connection().fetch(PAUSE_MISSING, run_id, supplier_id, now, size)]
