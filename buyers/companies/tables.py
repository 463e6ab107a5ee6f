"""Owns the table of companies."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Integer, Timestamptz
from piccolo.table import Table


class Company(Table, tablename="companies", schema="buyers"):
    """What a buying organisation has set for itself. A company without a row has set nothing yet."""

    organisation_id = UUID(primary_key=True, default=None, null=False)
    po_number_required = Boolean(null=False, default=False)
    version = Integer(null=False, default=1)
    updated_at = Timestamptz(null=False, default=None)
