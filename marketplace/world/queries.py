"""Owns the SQL of the worlds: what is there already, and the bulk filling that no service offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.database import reading

if TYPE_CHECKING:
    from uuid import UUID


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
    """Give id, unit and indicative price in cents (where the file had one) of each published product that nobody offers."""
    async with reading() as connection:
        rows = await connection.fetch(
            """SELECT p.id, p.unit_code, CASE WHEN p.attributes ->> 'price' ~ '^[0-9]{1,9}$' THEN (p.attributes ->> 'price')::bigint END
               FROM catalogue.products p WHERE p.state = 'published' AND p.unit_code IN ('C62', 'H87')
               AND NOT EXISTS (SELECT FROM vendors.offers o WHERE o.product_id = p.id) ORDER BY p.id"""
        )
    return [(row[0], row[1], row[2]) for row in rows]
