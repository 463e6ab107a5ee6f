"""Owns the table of stamps."""

from __future__ import annotations

from piccolo.columns import BigInt, Text
from piccolo.table import Table


class Stamp(Table, tablename="stamps", schema="kernel"):
    """How often a set of rows has changed."""

    name = Text(primary_key=True, default=None)
    version = BigInt(default=1, null=False)
