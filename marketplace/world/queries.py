"""Owns the SQL of the worlds: what is there already, and the bulk filling that no service offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.database import reading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    import asyncpg


class SupplierSite(msgspec.Struct, frozen=True):
    """A supplier and the site it ships from."""

    organisation_id: UUID
    country: str
    site_id: UUID


async def has_market() -> bool:
    """Tell whether any organisation is there."""
    async with reading() as connection:
        return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM kernel.organisations)"))


async def suppliers_with_sites() -> list[SupplierSite]:
    """Give every supplier with its first site, in the order of their slugs."""
    async with reading() as connection:
        rows = await connection.fetch(
            """SELECT s.organisation_id, o.country, t.id AS site_id FROM vendors.suppliers s
               JOIN kernel.organisations o ON o.id = s.organisation_id
               JOIN LATERAL (SELECT id FROM vendors.sites WHERE supplier_id = s.organisation_id ORDER BY id LIMIT 1) t ON true ORDER BY s.slug"""
        )
    return [SupplierSite(*row) for row in rows]


async def products_without_offers() -> list[tuple[UUID, str, int | None]]:
    """Give id, unit and indicative price in cents (where the file had one) of each published product that nobody offers.

    The difference is taken here: right after a bulk load PostgreSQL has no statistics to plan an anti-join of two large tables by.
    """
    async with reading() as connection:
        offered = {row[0] for row in await connection.fetch("SELECT DISTINCT product_id FROM vendors.offers")}
        rows = await connection.fetch(
            """SELECT id, unit_code, CASE WHEN attributes ->> 'price' ~ '^[0-9]{1,9}$' THEN (attributes ->> 'price')::bigint END
               FROM catalogue.products WHERE state = 'published' AND unit_code IN ('C62', 'H87') ORDER BY id"""
        )
    return [(row[0], row[1], row[2]) for row in rows if row[0] not in offered]


# Stock is no limit in a synthetic world; prices and quantities are the same as in the floor's world. Ids ascend, because an index takes
# those fastest: an opening movement borrows its offer's price version's.
STAGE_OFFERS = """CREATE TEMP TABLE stage (product_id uuid, offer_id uuid, version_id uuid, supplier_id uuid, site_id uuid, country text, currency text, p int, k int)
  ON COMMIT DROP"""
FILL_OFFERS = (
    """INSERT INTO vendors.offers (product_id, id, supplier_id, supplier_sku, state, currency, unit_code, moq, multiple, pack_size, lead_days, incoterm,
         origin_country, condition, site_id, valid_from, allows_backorder, visibility, version, created_at, updated_at)
       SELECT product_id, offer_id, supplier_id, 'S' || p || '-' || k, 'approved', currency, 'H87', 1, 1, 1, 1 + (p + k) % 20, 'EXW', country, 'new', site_id,
         $1, false, 'public', 1, $1, $1 FROM stage""",
    """INSERT INTO vendors.offer_keys (supplier_id, sku_key, product_id, offer_id) SELECT supplier_id, 's' || p || '-' || k, product_id, offer_id FROM stage
       WHERE $1::timestamptz IS NOT NULL""",
    """INSERT INTO vendors.price_versions (id, product_id, offer_id, seq, valid_from, tier_from, tier_price, actor, created_at)
       SELECT version_id, product_id, offer_id, 1, $1, ARRAY[1, 100]::bigint[],
         ARRAY[((1000 + (p + k * 37) % 5000) / 100.0)::numeric(20, 6), ((950 + (p + k * 37) % 5000) / 100.0)::numeric(20, 6)], 'seed', $1 FROM stage""",
    """INSERT INTO vendors.stock_levels (product_id, offer_id, site_id, on_hand, reserved, safety, counted_at)
       SELECT product_id, offer_id, site_id, 1000000000, 0, 0, $1 FROM stage""",
    """INSERT INTO vendors.stock_movements (id, product_id, offer_id, site_id, kind, quantity, actor, at)
       SELECT version_id, product_id, offer_id, site_id, 'opening', 1000000000, 'seed', $1 FROM stage""",
)
STAGE_CARTS = (
    "CREATE TEMP TABLE stage (cart_id uuid, person_id uuid, member_id uuid, organisation_id uuid, token_hash bytea, email text, n int) ON COMMIT DROP"
)
FILL_CARTS = (
    """INSERT INTO kernel.people (id, email, email_canonical, name, password_hash, totp_last_step, locale, state, version, created_at)
       SELECT person_id, email, email, 'Cart Keeper', '!', 0, 'en', 'active', 1, $1 FROM stage""",
    """INSERT INTO kernel.memberships (id, organisation_id, person_id, roles, state, version, created_at)
       SELECT member_id, organisation_id, person_id, '{purchaser}', 'active', 1, $1 FROM stage""",
    """INSERT INTO kernel.sessions (token_hash, person_id, organisation_id, created_at, expires_at, stepped_up_at)
       SELECT token_hash, person_id, organisation_id, $1, $1::timestamptz + interval '12 hours', $1 FROM stage""",
    """INSERT INTO trade.carts (id, organisation_id, person_id, state, version, created_at, updated_at)
       SELECT cart_id, organisation_id, person_id, 'open', 1, $1, $1 FROM stage""",
    """INSERT INTO trade.cart_lines (id, cart_id, organisation_id, product_id, offer_id, quantity, seen_unit_price, seen_currency, added_at)
       SELECT gen_random_uuid(), s.cart_id, s.organisation_id, o.product_id, o.id, 12, v.tier_price[1], o.currency, $1
       FROM stage s CROSS JOIN generate_series(0, 2) AS k
       JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS whole FROM catalogue.products) p ON p.place = (s.n * 3 + k * 7) % p.whole
       JOIN LATERAL (SELECT product_id, id, currency FROM vendors.offers WHERE product_id = p.id ORDER BY id OFFSET k LIMIT 1) o ON true
       JOIN vendors.price_versions v ON v.product_id = o.product_id AND v.offer_id = o.id""",
)


async def fill_offers(connection: asyncpg.Connection[asyncpg.Record], rows: Sequence[tuple[object, ...]], *, now: datetime) -> None:
    """COPY the stage and write offers, keys, prices, stock levels and opening movements from it, in one transaction."""
    await _fill(connection, STAGE_OFFERS, FILL_OFFERS, (rows, now))


async def fill_carts(connection: asyncpg.Connection[asyncpg.Record], rows: Sequence[tuple[object, ...]], *, now: datetime) -> None:
    """COPY the stage and write people, memberships, sessions, carts and their three lines from it, in one transaction."""
    await _fill(connection, STAGE_CARTS, FILL_CARTS, (rows, now))


async def _fill(
    connection: asyncpg.Connection[asyncpg.Record], stage: str, statements: Sequence[str], what: tuple[Sequence[tuple[object, ...]], datetime]
) -> None:
    rows, now = what
    async with connection.transaction():
        # The owner of the tables stands behind the walls between companies too.
        await connection.execute("SELECT set_config('app.role', 'worker', true)")
        await connection.execute(stage)
        await connection.copy_records_to_table("stage", records=rows)
        await connection.execute("ANALYZE stage")
        for statement in statements:
            await connection.execute(statement, now)
