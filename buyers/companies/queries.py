"""Owns the SQL of companies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from buyers.companies.schemas import CompanyOut
from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


async def company(organisation_id: UUID) -> CompanyOut:
    """Give a company's settings, or the defaults where it has set nothing."""
    sql = "SELECT organisation_id, po_number_required, version FROM buyers.companies WHERE organisation_id = $1"
    row = await connection().fetchrow(sql, organisation_id)
    if row is None:
        return CompanyOut(organisation_id=organisation_id, po_number_required=False, version=0)
    return msgspec.convert(dict(row), CompanyOut)


async def save(organisation_id: UUID, *, po_number_required: bool, version: int, now: datetime) -> bool:
    """Store the settings at this version (0: the first time); false when somebody was faster."""
    if version == 0:
        sql = """
            INSERT INTO buyers.companies (organisation_id, po_number_required, version, updated_at) VALUES ($1, $2, 1, $3)
            ON CONFLICT (organisation_id) DO NOTHING RETURNING version"""
        return await connection().fetchval(sql, organisation_id, po_number_required, now) is not None
    sql = """
        UPDATE buyers.companies SET po_number_required = $2, updated_at = $3, version = version + 1
        WHERE organisation_id = $1 AND version = $4 RETURNING version"""
    return await connection().fetchval(sql, organisation_id, po_number_required, now, version) is not None
