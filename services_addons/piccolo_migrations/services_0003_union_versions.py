"""Counts how often a membership of a customs union was written, so that of several writers at once only one wins."""

from piccolo.columns import BigInt

from marketplace.kernel.migrations import Migration

ID = "services_0003_union_versions"
VERSION = "1.38.0"
DESCRIPTION = "versions of memberships of customs unions"


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="services", description=DESCRIPTION)
    migration.columns({("CustomsUnion", "customs_unions"): {"version": BigInt(null=False, default=1)}})
    migration.after("ALTER TABLE services.customs_unions ADD CONSTRAINT customs_unions_version CHECK (version >= 1)")
    return migration
