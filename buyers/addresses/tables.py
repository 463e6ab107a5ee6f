"""Owns the table of addresses."""

from __future__ import annotations

from piccolo.columns import UUID, Array, Boolean, Integer, Text, Timestamptz
from piccolo.table import Table


class Address(Table, tablename="addresses", schema="buyers"):
    """A place that a buying company has goods shipped to, with its own time zone: promises are dates there."""

    id = UUID(primary_key=True, default=None, null=False)
    organisation_id = UUID(null=False, default=None)
    unit_id = UUID(null=True, default=None)
    label = Text(null=False, default=None)
    recipient = Text(null=False, default=None)
    lines = Array(base_column=Text(), null=False, default=None)
    city = Text(null=False, default=None)
    region = Text(null=False, default="")
    postal_code = Text(null=False, default="")
    country = Text(null=False, default=None)
    time_zone = Text(null=False, default=None)
    is_default = Boolean(null=False, default=False)
    state = Text(null=False, default="active")
    version = Integer(null=False, default=1)
    created_at = Timestamptz(null=False, default=None)
