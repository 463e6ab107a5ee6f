"""Owns the statement of the comparison: the offers of a product that sell, with what is only shown of prices and stock as JSON that the database writes.

It writes text, and no key that is not sent: what passes the eight kilobytes of its buffer wakes the reader twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.database import connection
from vendors.offers.queries_facts import AGREED, JOINS, OFFERS_MAX, SELLABLE, SIGHT, STOCK
from vendors.offers.schemas import SellingOffer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from vendors.visibility.schemas import Viewer


def _moment(column: str) -> str:
    """Write a moment as JSON as every answer has it: in UTC, with six decimals of a second or none."""
    return f"""to_char({column} AT TIME ZONE 'UTC', CASE WHEN {column} = date_trunc('second', {column}) THEN '\\"YYYY-MM-DD"T"HH24:MI:SS"Z"\\"'
      ELSE '\\"YYYY-MM-DD"T"HH24:MI:SS.US"Z"\\"' END)"""


def _code(column: str) -> str:
    """Write what is checked to have letters, digits and hyphens only."""
    return f"""('"' || {column} || '"')"""


def _text(column: str) -> str:
    """Write any text; most have nothing in them to be told apart, which is found out sooner than a type is looked up."""
    return f"""CASE WHEN {column} ~ '["\\\\[:cntrl:]]' THEN to_json({column})::text ELSE '"' || {column} || '"' END"""


def _or_null(value: str) -> str:
    return f"coalesce({value}::text, 'null')"


# The price that holds for the viewer, nothing of it while they may not see it, and the quantity that is sold: $5 or the least above it.
_PRICE = """
  CROSS JOIN LATERAL (SELECT coalesce(a.id, v.id) AS id, coalesce(a.tier_from, v.tier_from) AS tier_from, coalesce(a.tier_price, v.tier_price) AS tier_price,
    coalesce(a.valid_from, v.valid_from) AS since, (greatest(o.moq, $5::bigint) + o.multiple - 1) / o.multiple * o.multiple AS quantity OFFSET 0) f
  CROSS JOIN LATERAL (SELECT CASE WHEN z.sight = 2 THEN width_bucket(f.quantity, f.tier_from) ELSE 0 END AS tier OFFSET 0) n"""
# How the price changes: a share with four decimals, half to even. Quotient and rest are exact; to round a quotient is not.
_CHANGE = """CASE WHEN f.tier_price[n.tier] = 0 THEN '0' ELSE (SELECT ((d.whole + CASE WHEN 2 * abs(d.rest) > f.tier_price[n.tier]
      OR (2 * abs(d.rest) = f.tier_price[n.tier] AND mod(d.whole, 2) <> 0) THEN sign(d.rest) ELSE 0 END) * 0.0001)::text
    FROM (SELECT div(10000 * (f.tier_price[n.tier + 1] - f.tier_price[n.tier]), f.tier_price[n.tier]) AS whole,
      mod(10000 * (f.tier_price[n.tier + 1] - f.tier_price[n.tier]), f.tier_price[n.tier]) AS rest OFFSET 0) d) END"""
_NEXT_TIER = f"""CASE WHEN n.tier > 0 AND n.tier < cardinality(f.tier_from) THEN concat('{{"more":', f.tier_from[n.tier + 1] - f.quantity, ',"unit_price":"', f.tier_price[n.tier + 1],
    '","change":"', {_CHANGE}, '"}}') ELSE 'null' END"""
_SUPPLIER = f"""concat('{{"id":"', g.id, '","name":', {_text("g.display_name")}, ',"slug":', {_code("s.slug")}, ',"country":', {_code("g.country")}, ',"checks":', c.checks,
    ',"checked_on":', coalesce(to_char(c.checked_on, '\\"YYYY-MM-DD\\"'), 'null'), ',"checks_source":"operator"}}')"""
_COUNTED = f"""concat('{{"available":', k.available, ',"times":"', 100 * k.available / f.quantity * 0.01, '","allows_backorder":', o.allows_backorder::text,
    ',"source":"supplier-count","as_of":', {_moment("k.counted_at")}, '}}')"""
# Equal calendars are equal texts. Most have no day of their own.
_CALENDAR = """CASE WHEN e.closed_on IS NULL AND e.opened_on IS NULL AND t.region ~ '^[A-Z0-9]*$'
      THEN concat('"[\\"', t.country, '\\",\\"', t.region, '\\",[', array_to_string(t.working_days, ','), '],', t.keeps_public_holidays::text, ',[],[]]"')
    ELSE to_json(json_build_array(t.country, t.region, t.working_days, t.keeps_public_holidays, coalesce(e.closed_on, '{}'), coalesce(e.opened_on, '{}'))::text)::text END"""


def _facts(next_tier: str, counted: str) -> str:
    """Write one offer; the order is the order of SellingOffer's fields."""
    return f"""concat('["', o.id, '","', o.product_id, '","', o.supplier_id, '",', c.checks, ',', {_SUPPLIER}, ',', {_text("o.supplier_sku")}, ',"', o.currency,
    '",', {_code("o.unit_code")}, ',', u.decimals, ',', o.moq, ',', o.multiple, ',', o.pack_size, ',', o.lead_days, ',', {_code("o.incoterm")}, ',', {_code("o.condition")},
    ',', o.allows_backorder::text, ',', {_code("o.origin_country")}, ',', {_code("t.country")}, ',', {_text("t.postal_code")}, ',', {_text("t.time_zone")}, ',"', t.cut_off, '",',
    {_CALENDAR},
    CASE WHEN z.sight = 2 THEN concat(',"', f.id, '",', {_moment("f.since")}, ',[', array_to_string(f.tier_from, ','), '],["', array_to_string(f.tier_price, '","'), '"],')
      ELSE ',"",null,[],[],' END,
    {next_tier}, ',', k.available, ',', {counted}, ',', {_or_null(_code("p.category_id"))}, ',', {_or_null(_code("y.hs_prefix"))},
    ',', {_or_null("coalesce(p.weight_grams, y.typical_weight_grams)")}, ',', (p.weight_grams IS NULL AND y.typical_weight_grams IS NOT NULL)::text,
    ',', {_or_null("p.volume_cm3")}, ',', {_moment("o.updated_at")}, CASE WHEN z.sight < 2 THEN ',true' END, ']')"""


def _statement(next_tier: str, counted: str) -> str:
    return f"""SELECT '[' || string_agg(x.fact, ',' ORDER BY x.id) || ']' FROM (
  SELECT o.id, {_facts(next_tier, counted)} AS fact FROM vendors.offers o {JOINS} {AGREED} {STOCK} {SIGHT.format(viewer="$3::uuid", sees_all="$4::boolean")} {_PRICE}
  WHERE o.product_id = $2 AND {SELLABLE} AND z.sight > 0 ORDER BY o.id LIMIT {OFFERS_MAX}) x"""


COMPARE = _statement(_NEXT_TIER, _COUNTED)
# The same for many products at once, each by its own look into the index; nothing of them is shown.
_EACH = _statement("'null'", "'null'").replace("$2", "w.id").replace("$5", "NULL")
COMPARE_MANY = f"SELECT w.id, ({_EACH}) FROM unnest($2::uuid[]) AS w(id)"
DECODER = msgspec.json.Decoder(list[SellingOffer])


async def offers_for_comparison(product_id: UUID, *, quantity: int | None, now: datetime, viewer: Viewer) -> list[SellingOffer]:
    """Read the product's offers that sell at this moment and that the viewer sees, in the order of their ids, at most 500.

    What is shown of prices and stock is that at `quantity` or the least above it that an offer sells, with None at its minimum.
    """
    facts: str | None = await connection().fetchval(COMPARE, now, product_id, *viewer, quantity)
    return DECODER.decode(facts) if facts else []


async def offers_for_comparisons(product_ids: Sequence[UUID], *, now: datetime, viewer: Viewer) -> dict[UUID, list[SellingOffer]]:
    """Read the same of many products, those without any offer left out, with nothing to be shown of tiers and stock."""
    rows = await connection().fetch(COMPARE_MANY, now, product_ids, *viewer)
    return {row[0]: DECODER.decode(row[1]) for row in rows if row[1]}
