"""Owns the SQL of suppliers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.database import connection
from marketplace.kernel.ids import uuid7
from vendors.accounts.schemas import CertificateShown, CheckOut, NewCheck, NewSupplier, ShipFromOut, SupplierOut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

INSERT = """INSERT INTO vendors.suppliers
    (organisation_id, slug, state, auto_accepts, acceptance_hours, default_incoterm, profile, version, created_at)
  VALUES ($1, $2, 'open', $3, $4, $5, $6::jsonb, 1, $7) ON CONFLICT (organisation_id) DO NOTHING RETURNING slug"""
SUPPLIER = """SELECT s.organisation_id AS id, s.slug, g.legal_name, g.display_name, g.registration_number, g.country, s.state, s.closed_from, s.closed_to, s.ends_on,
    s.acceptance_hours, s.acceptance_counts, s.default_incoterm, s.profile::text AS profile, s.created_at AS since,
    (s.closed_from IS NOT NULL AND ($1::timestamptz AT TIME ZONE g.time_zone)::date BETWEEN s.closed_from AND s.closed_to) AS is_closed,
    coalesce(s.ends_on <= ($1::timestamptz AT TIME ZONE g.time_zone)::date, false) AS is_over,
    (SELECT count(*) FROM vendors.offers o JOIN catalogue.products p ON p.id = o.product_id WHERE o.supplier_id = s.organisation_id AND o.state = 'approved'
      AND CASE WHEN s.is_restricted OR o.visibility <> 'public' THEN vendors.sight($5, $6, o.supplier_id, p.category_id, o.visibility) > 0 ELSE true END) AS offers
  FROM vendors.suppliers s JOIN kernel.organisations g ON g.id = s.organisation_id
  WHERE (s.state <> 'terminated' OR $4) AND (s.organisation_id = $2 OR s.slug = $3)"""
CHECKS = """SELECT kind, passed_on, expires_on, reference, (expires_on IS NULL OR expires_on > ($2::timestamptz AT TIME ZONE 'UTC')::date)
  FROM vendors.supplier_checks WHERE supplier_id = $1 AND passed_on <= ($2::timestamptz AT TIME ZONE 'UTC')::date ORDER BY passed_on DESC, kind LIMIT 100"""
# What ends soonest stands first, as on the supplier's own page.
CERTIFICATES = """SELECT c.kind, c.number, c.issuer, c.issued_on, c.expires_on, c.note, c.confirmed_at,
    c.expires_on IS NULL OR c.expires_on > ($2::timestamptz AT TIME ZONE g.time_zone)::date
  FROM vendors.certificates c JOIN kernel.organisations g ON g.id = c.supplier_id
  WHERE c.supplier_id = $1 AND c.state <> 'withdrawn' ORDER BY c.expires_on NULLS LAST, c.kind COLLATE "C", c.id LIMIT 200"""
SHIPS_FROM = 'SELECT name, city, country FROM vendors.sites WHERE supplier_id = $1 ORDER BY name COLLATE "C" LIMIT 100'


async def insert_supplier(organisation_id: UUID, *, supplier: NewSupplier, slug: str, now: datetime) -> bool:
    """Write a supplier; tell whether it was not one before."""
    profile = msgspec.json.encode(supplier.profile).decode()
    row = await connection().fetchrow(
        INSERT, organisation_id, slug, supplier.auto_accepts, supplier.acceptance_hours, supplier.default_incoterm, profile, now
    )
    return row is not None


async def display_name(organisation_id: UUID) -> str | None:
    """Read an organisation's display name, None where there is no such organisation."""
    name: str | None = await connection().fetchval("SELECT display_name FROM kernel.organisations WHERE id = $1", organisation_id)
    return name


async def has_ended(organisation_id: UUID) -> bool:
    """Tell whether an organisation was a supplier and is terminated."""
    sql = "SELECT true FROM vendors.suppliers WHERE organisation_id = $1 AND state = 'terminated'"
    return bool(await connection().fetchval(sql, organisation_id))


async def slugs_like(slug: str) -> set[str]:
    """Read the slugs in use that are this one or this one with a number."""
    rows = await connection().fetch("SELECT slug FROM vendors.suppliers WHERE slug = $1 OR slug ~ ('^' || $1 || '-[0-9]+$')", slug)
    return {row[0] for row in rows}


async def insert_checks(supplier_id: UUID, *, checks: Sequence[NewCheck], actor: str) -> None:
    """Write checks that a supplier passed."""
    sql = "INSERT INTO vendors.supplier_checks (id, supplier_id, kind, passed_on, expires_on, reference, actor) VALUES ($1, $2, $3, $4, $5, $6, $7)"
    rows = [(uuid7(), supplier_id, check.kind, check.passed_on, check.expires_on, check.reference, actor) for check in checks]
    await connection().executemany(sql, rows)


async def supplier(
    *, supplier_id: UUID | None = None, slug: str = "", sees_ended: bool = False, viewer: tuple[UUID | None, bool], now: datetime
) -> SupplierOut | None:
    """Read a supplier by id or slug as everybody sees it, None where there is none or it has ended.

    `viewer` is (organisation, sees everything), whose offers are counted.
    """
    row = await connection().fetchrow(SUPPLIER, now, supplier_id, slug, sees_ended, *viewer)
    if row is None:
        return None
    checks = [CheckOut(*each) for each in await connection().fetch(CHECKS, row["id"], now)]
    certificates = [CertificateShown(*each) for each in await connection().fetch(CERTIFICATES, row["id"], now)]
    ships_from = [ShipFromOut(*each) for each in await connection().fetch(SHIPS_FROM, row["id"])]
    values = dict(row) | {"profile": msgspec.json.decode(row["profile"], type=dict[str, str])}
    return SupplierOut(**values, checks=checks, certificates=certificates, ships_from=ships_from)
