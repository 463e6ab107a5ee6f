"""Owns the table of units."""

from __future__ import annotations

from piccolo.columns import UUID, Integer, Text, Timestamptz
from piccolo.table import Table


class Unit(Table, tablename="units", schema="buyers"):
    """A part of a buying company; without a parent it hangs under the company itself."""

    id = UUID(primary_key=True, default=None, null=False)
    organisation_id = UUID(null=False, default=None)
    parent_id = UUID(null=True, default=None)
    name = Text(null=False, default=None)
    version = Integer(null=False, default=1)
    created_at = Timestamptz(null=False, default=None)
