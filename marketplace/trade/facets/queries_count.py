"""Owns how the count of facets is written as SQL: the viewer says which offers count and which prices fall into bands, no organisation scopes it besides."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal

    from marketplace.trade.facets.schemas import Range
    from vendors.visibility.schemas import Viewer

CANDIDATES_MAX = 5000
CHOICES_MAX, CATEGORIES_MAX = 60, 10_000
FIXED = 16
FIRST = UUID(int=0)
CATEGORY, BRAND, OFFER, ATTRIBUTE = 0, 1, 2, 3
# Kinds whose values are counted as they stand; numbers, and ranges from one number to another, fall into bands, dates into years.
MEASURED = ("number", "range")
CLOSED = """ARRAY(SELECT s.organisation_id FROM vendors.suppliers s JOIN kernel.organisations g ON g.id = s.organisation_id
  WHERE NOT vendors.supplier_sells(s, g, $2))"""
RESTRICTED = "ARRAY(SELECT s.organisation_id FROM vendors.suppliers s WHERE s.is_restricted)"
OUT_OF = "NOT EXISTS (SELECT FROM unnest({lows}, {highs}) w (low, high) WHERE (w.low IS NULL OR {top} >= w.low) AND (w.high IS NULL OR {x} < w.high OR {x} = w.low))"
YEAR = "'^([0-9]{4})-'"
ENDS = r"'^-?[0-9]{1,15}(\.[0-9]{1,9})?\.\.-?[0-9]{1,15}(\.[0-9]{1,9})?$'"
# One row an offer that the viewer may know of; prices are compared in floating point, rounded to the six places that they have. What is restricted is asked
# once for each supplier, category and mark, and only where something is.
OFFERS = f"""r AS MATERIALIZED (
    SELECT y.id, y.supplier_id, y.mark, y.mark <> 'public' OR y.supplier_id = ANY ({RESTRICTED}) AS is_restricted,
      ($6::float8[])[array_position($5::text[], y.currency)] * 1000000::float8 AS rate
    FROM trade.facet_sellers y WHERE y.supplier_id <> ALL ({CLOSED})),
  s AS MATERIALIZED (
    SELECT z.seller, z.category_id, vendors.sight($3::uuid, $4::boolean, r.supplier_id, nullif(z.category_id, '{FIRST}'), r.mark) AS sight
    FROM (SELECT DISTINCT h.category_id, w.seller FROM h CROSS JOIN LATERAL unnest(h.sellers) AS w (seller) WHERE (SELECT bool_or(r.is_restricted) FROM r)) z
    JOIN r ON r.id = z.seller AND r.is_restricted),
  v AS MATERIALIZED (
    SELECT z.*, {{fits}} FROM (
      SELECT w.product_id, w.missed, r.supplier_id AS supplier, w.lead,
        CASE WHEN NOT r.is_restricted OR s.sight = 2 THEN round(w.amount * r.rate) / 1000000::float8 END AS price
      FROM (SELECT h.product_id, h.missed, h.category_id, unnest(h.sellers) AS seller, unnest(h.leads) AS lead, unnest(h.amounts) AS amount FROM h {{needed}}) w
      JOIN r ON r.id = w.seller LEFT JOIN s ON r.is_restricted AND s.seller = w.seller AND s.category_id = w.category_id
      WHERE NOT r.is_restricted OR s.sight > 0) z)"""


class Attribute(NamedTuple):
    """An attribute to count or choose by: its key, its kind, and what of it is chosen."""

    key: str
    kind: str
    texts: Sequence[str] = ()
    ranges: Sequence[Range] = ()


class Offered(NamedTuple):
    """What is chosen of offers: suppliers, lead times with both ends in, prices; `is_nobody` where suppliers are chosen that do not exist."""

    suppliers: Sequence[UUID]
    leads: Sequence[tuple[int, int | None]]
    prices: Sequence[Range]
    is_nobody: bool = False

    @property
    def is_any(self) -> bool:
        """Tell whether something is chosen."""
        return bool(self.suppliers or self.leads or self.prices or self.is_nobody)


class Look(NamedTuple):
    """Who looks, when, and what each currency costs in the reference currency."""

    now: datetime
    viewer: Viewer
    codes: Sequence[str]
    rates: Sequence[Decimal]


class Wanted(NamedTuple):
    """What is chosen of products and of their offers. `categories` holds all below the chosen one; None where none is chosen."""

    categories: Sequence[UUID] | None
    brands: Sequence[str]
    attributes: Sequence[Attribute]
    offers: Offered


class Shape(NamedTuple):
    """What a statement is written for: the kind of each attribute; what is chosen of offers; whether their prices or times say the order; which facets count.

    `counts` None means all of them.
    """

    attributes: tuple[str, ...]
    suppliers: bool = False
    leads: bool = False
    prices: bool = False
    by_offers: bool = False
    is_narrowed: bool = True
    counts: tuple[int, ...] | None = None

    @property
    def narrows(self) -> bool:
        """Tell whether something is chosen of offers."""
        return self.suppliers or self.leads or self.prices

    def has(self, facet: int) -> bool:
        """Tell whether a facet is counted."""
        return self.counts is None or facet in self.counts


def shape_of(wanted: Wanted, *, sort: str, counts: tuple[int, ...] | None = None) -> Shape:
    """Tell for which statement something is wanted."""
    offers = wanted.offers
    is_narrowed = wanted.categories is not None or bool(wanted.brands) or offers.is_any or any(one.texts or one.ranges for one in wanted.attributes)
    return Shape(
        tuple(one.kind for one in wanted.attributes), bool(offers.suppliers) or offers.is_nobody, bool(offers.leads), bool(offers.prices),
        sort != "relevance", is_narrowed, counts,
    )  # fmt: skip


# A statement uses each of its parameters, or PostgreSQL does not know their types.
TYPES = (
    "uuid[]", "timestamptz", "uuid", "boolean", "text[]", "float8[]", "float8[]", "int[]", "uuid[]", "int[]", "int[]", "float8[]", "float8[]", "uuid[]",
    "text[]", "text",
)  # fmt: skip
OF_ATTRIBUTE = ("text", "text[]", "float8[]", "float8[]")


def typed(attributes: int) -> str:
    """Name every parameter with its type."""
    names = [f"${place}::{kind}" for place, kind in enumerate(TYPES, 1)]
    names += [f"${FIXED + 1 + 4 * at + one}::{kind}" for at in range(attributes) for one, kind in enumerate(OF_ATTRIBUTE)]
    return ", ".join(names)


def _columns(at: int, kind: str) -> tuple[str, str]:
    """Say the value of an attribute, and the upper end of a range; a number is one that is written as such."""
    held = f"f.attributes->${FIXED + 1 + 4 * at}::text"
    text = f"f.attributes->>${FIXED + 1 + 4 * at}::text"
    if kind == "number":
        number = f"CASE WHEN jsonb_typeof({held}) = 'number' THEN ({held})::float8 END"
        return number, number
    if kind == "range":
        # What ends before it begins is no range: its bands are none, and so must be what a choice brings.
        low, high = (f"CASE WHEN {text} ~ {ENDS} THEN split_part({text}, '..', {part})::float8 END" for part in (1, 2))
        return low, high
    return (f"substring({text} from {YEAR})", "") if kind == "date" else (text, "")


@cache
def misses(shape: tuple[str, ...]) -> str:
    """Say as bits which choices a product misses, before its offers are looked at. `shape` tells the kind of each attribute."""
    parts = [
        f"CASE WHEN $14::uuid[] IS NULL OR f.category_id = ANY ($14) THEN 0 ELSE {1 << CATEGORY} END",
        f"CASE WHEN $15::text[] = '{{}}' OR lower(f.brand) = ANY ($15) THEN 0 ELSE {1 << BRAND} END",
    ]
    for at, kind in enumerate(shape):
        texts, lows, highs = (f"${FIXED + 1 + 4 * at + one}::{OF_ATTRIBUTE[one]}" for one in range(1, 4))
        low, high = _columns(at, kind)
        if kind in MEASURED:
            turned = f"({low}) > ({high}) OR " if kind == "range" else ""
            out = f"(({low}) IS NULL OR {turned}{OUT_OF.format(lows=lows, highs=highs, x=f'({low})', top=f'({high})')})"
            chosen = f"{lows} <> '{{}}'"
        else:
            out = f"coalesce({low}, '') <> ALL ({texts})"
            chosen = f"{texts} <> '{{}}'"
        parts.append(f"CASE WHEN {chosen} AND {out} THEN {1 << (ATTRIBUTE + at)} ELSE 0 END")
    return " + ".join(parts)


def head(shape: Shape) -> str:
    """Write what comes before a count: candidates with what they miss, the offers that the viewer knows of, and what both come to."""
    columns = [_columns(at, kind) for at, kind in enumerate(shape.attributes)]
    values = "".join(
        f", {low} AS a{at}" + (f", {high} AS b{at}" if shape.attributes[at] == "range" else "") for at, (low, high) in enumerate(columns)
    )
    missed = misses(shape.attributes) if shape.is_narrowed else "0"
    # Who misses two choices counts nowhere.
    near = "WHERE q.missed & (q.missed - 1) = 0" if shape.is_narrowed else ""
    offers = _offers(shape) if shape.by_offers or shape.narrows or shape.has(OFFER) else ""
    miss = f"h.missed + CASE WHEN m.fits THEN 0 ELSE {1 << OFFER} END" if shape.narrows else "h.missed"
    joined = f",\n  x AS MATERIALIZED (SELECT h.*, {miss} AS miss, m.price, m.lead FROM h LEFT JOIN m ON m.product_id = h.product_id)"
    last = joined if shape.by_offers or shape.narrows else ""
    return f"""WITH h AS MATERIALIZED (SELECT q.* FROM (
    SELECT f.product_id, coalesce(f.category_id, '{FIRST}') AS category_id, f.brand, f.sellers, f.leads, f.amounts{values}, {missed} AS missed
    FROM trade.facet_products f WHERE f.product_id = ANY ($1::uuid[]) OFFSET 0) q {near}){offers}{last}"""


def _offers(shape: Shape) -> str:
    """Say of each offer and of each product whether it has what is chosen of offers; bands are bits, so that a product counts once for each."""
    fits = {
        "fits_supplier": "z.supplier = ANY ($9::uuid[])" if shape.suppliers else "true",
        "fits_lead": f"NOT ({OUT_OF.format(lows='$10::int[]', highs='$11::int[]', x='z.lead', top='z.lead')})" if shape.leads else "true",
        "fits_price": f"z.price IS NOT NULL AND NOT ({OUT_OF.format(lows='$12::float8[]', highs='$13::float8[]', x='z.price', top='z.price')})"
        if shape.prices
        else "true",
    }
    # Where nothing waits for offers, those of products that miss something count nowhere.
    needed = "WHERE h.missed = 0" if shape.is_narrowed and not shape.narrows else ""
    every = "v.fits_supplier AND v.fits_lead AND v.fits_price"
    offers = OFFERS.format(needed=needed, fits=", ".join(f"{fit} AS {name}" for name, fit in fits.items()))
    return f""",
  {offers},
  m AS MATERIALIZED (SELECT v.product_id, v.missed, bool_or({every}) AS fits, min(v.price) FILTER (WHERE {every}) AS price, min(v.lead) FILTER (WHERE {every}) AS lead,
    bit_or(CASE WHEN v.fits_supplier AND v.fits_price THEN 1 << width_bucket(v.lead, $8::int[]) ELSE 0 END) AS leads,
    bit_or(CASE WHEN v.fits_supplier AND v.fits_lead AND v.price IS NOT NULL THEN 1::bigint << width_bucket(v.price, $7::float8[]) ELSE 0 END) AS prices
    FROM v GROUP BY v.product_id, v.missed)"""


def _values(shape: Shape, x: str, miss: str) -> list[str]:
    """Write the count of each facet of products: (facet, value, label, count, lowest, highest)."""
    # Where nothing is chosen nothing is missed, and PostgreSQL need not guess how many miss nothing.
    of = f"FROM {x} x WHERE " + (f"{miss} IN (0, {{bit}})" if shape.is_narrowed else "true")
    found = []
    if shape.has(CATEGORY):
        found.append(
            f"SELECT {CATEGORY}, nullif(x.category_id, '{FIRST}')::text, NULL, count(*), NULL, NULL {of.format(bit=1 << CATEGORY)} GROUP BY x.category_id"
        )
    if shape.has(BRAND):
        found.append(
            f"""SELECT {BRAND}, lower(z.brand), min(z.brand), sum(z.n)::bigint, NULL, NULL FROM (SELECT x.brand, count(*) AS n {of.format(bit=1 << BRAND)}
        AND x.brand <> '' GROUP BY x.brand) z GROUP BY lower(z.brand)"""
        )
    for at, kind in enumerate(shape.attributes):
        facet = ATTRIBUTE + at
        if not shape.has(facet):
            continue
        of_facet = f"{of.format(bit=1 << facet)} AND x.a{at} IS NOT NULL"
        if kind == "range":
            rows = of_facet.replace(
                " WHERE",
                f" CROSS JOIN LATERAL generate_series(width_bucket(x.a{at}, $7::float8[]), width_bucket(x.b{at}, $7::float8[])) AS y (band) WHERE",
                1,
            )
            found.append(f"SELECT {facet}, y.band::text, NULL, count(*), NULL, NULL {rows} GROUP BY y.band")
        elif kind == "number":
            found.append(
                f"SELECT {facet}, z.band::text, NULL, z.n, z.low::text, z.high::text FROM (SELECT width_bucket(x.a{at}, $7::float8[]) AS band, count(*) AS n, "
                f"min(x.a{at}) AS low, max(x.a{at}) AS high {of_facet} GROUP BY 1) z"
            )
        else:
            found.append(f"SELECT {facet}, x.a{at}, NULL, count(*), NULL, NULL {of_facet} GROUP BY x.a{at}")
    return found


NOTHING = "SELECT 0, NULL::text, NULL::text, 0::bigint, NULL::text, NULL::text WHERE false"
BANDS = """(SELECT coalesce(json_agg(json_build_array(y.band, y.n)), '[]')::text FROM (
        SELECT b.band, sum(z.n) AS n FROM (SELECT m.{name} AS bits, count(*) AS n FROM m WHERE {near}m.{name} <> 0 GROUP BY m.{name}) z
        JOIN generate_series(0, {last}) AS b (band) ON z.bits >> b.band & 1 = 1 GROUP BY b.band) y)"""
SUPPLIERS = """(SELECT coalesce(json_agg(json_build_array(y.slug, z.display_name, x.n)), '[]')::text FROM (
        SELECT d.supplier, count(*) AS n FROM (SELECT DISTINCT v.product_id, v.supplier FROM v WHERE {near}v.fits_lead AND v.fits_price) d
        GROUP BY d.supplier ORDER BY n DESC, d.supplier LIMIT {most}) x
      JOIN vendors.suppliers y ON y.organisation_id = x.supplier JOIN kernel.organisations z ON z.id = x.supplier)"""


@cache
def statement(shape: Shape, *, steps: tuple[int, int]) -> str:
    """Write the count of this shape: one pass over the candidates, in which each is told apart by the only choice it misses. `steps` are the bands of prices and times.

    It gives the ids that remain and by what they are sorted (both NULL where all do, as they came), values, suppliers, bands of times, bands of prices.
    """
    has_offers = shape.by_offers or shape.narrows
    x, miss = ("x", "x.miss") if has_offers else ("h", "x.missed")
    ranked = " UNION ALL ".join(
        f"(SELECT * FROM ({one}) AS x (facet, value, label, n, low, high) ORDER BY n DESC, value LIMIT {CHOICES_MAX if at else CATEGORIES_MAX})"
        for at, one in enumerate(_values(shape, x, miss) or [NOTHING])
    )
    order = "CASE WHEN $16::text = 'price' THEN x.price ELSE x.lead END" if shape.by_offers else "NULL::float8"
    remaining = f"(SELECT array_agg(x.product_id) FROM {x} x WHERE {miss} = 0)" if shape.is_narrowed or shape.by_offers else "NULL::uuid[]"
    orders = f"(SELECT array_agg({order}) FROM {x} x WHERE {miss} = 0)" if shape.by_offers else "NULL::float8[]"
    near = "{0}.missed = 0 AND " if shape.is_narrowed else ""
    offers = [
        SUPPLIERS.format(near=near.format("v"), most=CHOICES_MAX),
        *(BANDS.format(near=near.format("m"), name=name, last=last) for name, last in (("leads", steps[1]), ("prices", steps[0]))),
    ]
    if not shape.has(OFFER):
        offers = ["'[]'::text"] * 3
    return f"""{head(shape)}
  SELECT {remaining}, {orders},
    (SELECT coalesce(json_agg(json_build_array(x.facet, x.value, x.label, x.n, x.low, x.high)), '[]')::text FROM ({ranked}) x),
    {", ".join(offers)}
  WHERE num_nulls({typed(len(shape.attributes))}) >= 0"""
