"""Owns the table of schema versions; what holds now stands in the taxonomy's category_attributes."""

from piccolo.columns import JSONB, UUID, Integer, Text, Timestamptz
from piccolo.table import Table


class SchemaVersion(Table, tablename="schema_versions", schema="catalogue"):
    """The own attributes of a category as somebody published them, why, and what that broke at the time. Never changed."""

    id = UUID(primary_key=True, default=None)
    category_id = UUID(null=False, default=None)
    version = Integer(null=False, default=None)
    attributes = JSONB(null=False, default="[]")
    reason = Text(null=False, default=None)
    actor = Text(null=False, default=None)
    at = Timestamptz(null=False, default=None)
    report = JSONB(null=False, default="{}")
