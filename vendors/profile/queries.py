"""Owns the SQL of a supplier's profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.kernel.database import connection
from vendors.profile.schemas import KEPT as KEYS

if TYPE_CHECKING:
    from uuid import UUID

    from vendors.profile.schemas import ProfileIn, TermsIn

KEPT = """SELECT s.default_incoterm, s.auto_accepts, s.acceptance_hours, s.acceptance_counts, s.version, g.version AS legal_version
  FROM vendors.suppliers s JOIN kernel.organisations g ON g.id = s.organisation_id WHERE s.organisation_id = $1"""
SAVE = """UPDATE vendors.suppliers SET profile = (profile - $8::text[]) || $3::jsonb, default_incoterm = $4, auto_accepts = $5, acceptance_hours = $6, acceptance_counts = $7,
    version = version + 1 WHERE organisation_id = $1 AND version = $2 RETURNING version"""
SAVE_TERMS = """UPDATE vendors.suppliers SET acceptance_hours = $3, acceptance_counts = $4, auto_accepts = $5, version = version + 1
  WHERE organisation_id = $1 AND version = $2 RETURNING version"""


async def kept(supplier_id: UUID) -> dict[str, Any] | None:
    """Read what of a supplier is not public, with both versions; None where there is no supplier."""
    row = await connection().fetchrow(KEPT, supplier_id)
    return None if row is None else dict(row)


async def save(supplier_id: UUID, *, sent: ProfileIn, words: dict[str, str]) -> bool:
    """Store a profile at its version; tell whether it was still at it."""
    profile = msgspec.json.encode(words).decode()
    terms = (sent.default_incoterm, sent.auto_accepts, sent.acceptance_hours, sent.acceptance_counts, list(KEYS))
    return await connection().fetchval(SAVE, supplier_id, sent.version, profile, *terms) is not None


async def save_terms(supplier_id: UUID, *, sent: TermsIn) -> bool:
    """Store how a supplier answers orders, at its version; tell whether it was still at it."""
    terms = (sent.acceptance_hours, sent.acceptance_counts, sent.auto_accepts)
    return await connection().fetchval(SAVE_TERMS, supplier_id, sent.version, *terms) is not None
