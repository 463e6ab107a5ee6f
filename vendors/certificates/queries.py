"""Owns the SQL of certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection
from vendors.certificates.errors import CertificateKnown
from vendors.certificates.schemas import CertificateOut, WaitingOut

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from vendors.certificates.schemas import CertificateIn

LIST_MAX = 200
# A certificate ends at the beginning of its last day by the supplier's own clock; for thirty days before, it says in how many.
COLUMNS = """c.id, c.supplier_id, c.kind, c.number, c.issuer, c.issued_on, c.expires_on, c.note, c.state, c.stated_at, c.confirmed_at,
    c.expires_on IS NULL OR c.expires_on > n.today AS is_current,
    CASE WHEN c.expires_on > n.today AND c.expires_on <= n.today + 30 THEN c.expires_on - n.today END AS expires_in_days, c.version"""
FROM = """FROM vendors.certificates c JOIN kernel.organisations g ON g.id = c.supplier_id
  CROSS JOIN LATERAL (SELECT ($1::timestamptz AT TIME ZONE g.time_zone)::date AS today) n"""
OF_SUPPLIER = f"""SELECT {COLUMNS} {FROM} WHERE c.supplier_id = $2 AND c.state <> 'withdrawn'
  ORDER BY c.expires_on NULLS LAST, c.kind COLLATE "C", c.id LIMIT {LIST_MAX}"""
ONE = f"SELECT {COLUMNS} {FROM} WHERE c.id = $2 AND ($3::uuid IS NULL OR c.supplier_id = $3) AND c.state <> 'withdrawn'"
# One that was withdrawn makes room for the same number to be stated again.
INSERT = """INSERT INTO vendors.certificates (id, supplier_id, kind, number, issuer, issued_on, expires_on, note, state, stated_at, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'stated', $9, 1)
  ON CONFLICT (supplier_id, kind, number) DO UPDATE SET issuer = excluded.issuer, issued_on = excluded.issued_on, expires_on = excluded.expires_on,
    note = excluded.note, state = 'stated', stated_at = excluded.stated_at, confirmed_at = NULL, confirmed_by = '', version = certificates.version + 1
  WHERE certificates.state = 'withdrawn' RETURNING id"""
WAITING = """SELECT c.id, c.supplier_id, g.display_name AS supplier, c.kind, c.number, c.issuer, c.issued_on, c.expires_on, c.stated_at, c.version
  FROM vendors.certificates c JOIN kernel.organisations g ON g.id = c.supplier_id JOIN vendors.suppliers s ON s.organisation_id = c.supplier_id
  WHERE c.state = 'stated' AND s.state <> 'terminated' AND (c.expires_on IS NULL OR c.expires_on > ($1::timestamptz AT TIME ZONE g.time_zone)::date)
  ORDER BY c.stated_at, c.id LIMIT $2"""
CONFIRM = """UPDATE vendors.certificates SET state = 'confirmed', confirmed_at = $3, confirmed_by = $4, version = version + 1
  WHERE id = $1 AND version = $2 AND state = 'stated' RETURNING id"""
WITHDRAW = """UPDATE vendors.certificates SET state = 'withdrawn', version = version + 1
  WHERE id = $1 AND supplier_id = $2 AND version = $3 AND state <> 'withdrawn' RETURNING id"""


async def of_supplier(supplier_id: UUID, *, now: datetime) -> list[CertificateOut]:
    """Read a supplier's certificates, the next to expire first."""
    return [CertificateOut(**dict(row)) for row in await connection().fetch(OF_SUPPLIER, now, supplier_id)]


async def waiting(*, now: datetime, limit: int) -> list[WaitingOut]:
    """Read the certificates of all suppliers that still hold and that the operator has not seen, the oldest first."""
    return [WaitingOut(**dict(row)) for row in await connection().fetch(WAITING, now, limit)]


async def one(certificate_id: UUID, *, supplier_id: UUID | None, now: datetime) -> CertificateOut | None:
    """Read a certificate, of this supplier where one is named."""
    row = await connection().fetchrow(ONE, now, certificate_id, supplier_id)
    return None if row is None else CertificateOut(**dict(row))


async def insert(certificate_id: UUID, *, supplier_id: UUID, certificate: CertificateIn, now: datetime) -> UUID:
    """Write a certificate and give its id, which is the old one where it was withdrawn before. Raises: CertificateKnown."""
    values = (certificate.kind, certificate.number, certificate.issuer, certificate.issued_on, certificate.expires_on, certificate.note)
    found: UUID | None = await connection().fetchval(INSERT, certificate_id, supplier_id, *values, now)
    if found is None:
        raise CertificateKnown(number=certificate.number)
    return found


async def confirm(certificate_id: UUID, *, version: int, by: str, now: datetime) -> bool:
    """Store that the operator has seen a certificate, if it still waits for that at this version."""
    return await connection().fetchval(CONFIRM, certificate_id, version, now, by) is not None


async def withdraw(certificate_id: UUID, *, supplier_id: UUID, version: int) -> bool:
    """Take a certificate off a supplier's list, if it is still at this version."""
    return await connection().fetchval(WITHDRAW, certificate_id, supplier_id, version) is not None
