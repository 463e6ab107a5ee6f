"""Owns the tables of visibility."""

from piccolo.columns import UUID, BigInt, Text, Timestamptz
from piccolo.table import Table


class VisibilityRule(Table, tablename="visibility_rules", schema="vendors"):
    """The level at which a supplier's offers are seen, in a category with all below it or, without one, everywhere; the nearest rule wins.

    `inherited` is a rule that was taken back: the next one above it holds. The row stays, so that its version goes on.
    """

    id = UUID(primary_key=True, default=None)
    supplier_id = UUID(null=False, default=None)
    category_id = UUID(null=True, default=None)
    level = Text(null=False, default=None)
    version = BigInt(null=False, default=1)
    actor = Text(null=False, default=None)
    updated_at = Timestamptz(null=False, default=None)


class VisibilityGrant(Table, tablename="visibility_grants", schema="vendors"):
    """An organisation on a supplier's allow-list: it sees, with prices, what the level `org_allowlist` hides from others."""

    supplier_id = UUID(primary_key=True, default=None)
    organisation_id = UUID(null=False, default=None)
    granted_by = Text(null=False, default=None)
    granted_at = Timestamptz(null=False, default=None)
