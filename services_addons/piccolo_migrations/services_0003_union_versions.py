"""Counts how often a membership of a customs union was written, so that of several writers at once only one wins."""

from piccolo.columns import BigInt

from marketplace.kernel.migrations import Migration

ID = "services_0003_union_versions"
VERSION = "1.38.0"
DESCRIPTION = "versions of memberships of customs unions"


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="services", description=DESCRIPTION)
    column = BigInt(null=False, default=1)
    migration.add_column(
        table_class_name="CustomsUnion",
        tablename="customs_unions",
        column_name="version",
        column_class=BigInt,
        params=column._meta.params,  # noqa: SLF001 - what Piccolo itself would have written out here
        schema="services",
    )
    migration.after("ALTER TABLE services.customs_unions ADD CONSTRAINT customs_unions_version CHECK (version >= 1)")
    return migration
