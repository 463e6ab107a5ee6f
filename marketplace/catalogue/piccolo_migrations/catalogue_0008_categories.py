"""Counts the changes of each category, so that two people who change one at once are told."""

from piccolo.columns import Integer

from marketplace.kernel.migrations import Migration

ID = "catalogue_0008_categories"
VERSION = "1.38.0"
DESCRIPTION = "versions of categories"

SQL = "ALTER TABLE catalogue.categories ADD CHECK (version > 0), ADD CHECK (position >= 0);"


async def forwards() -> Migration:
    """Add the column; the categories that stand are in their first version."""
    migration = Migration(migration_id=ID, app_name="catalogue", description=DESCRIPTION)
    migration.columns({("Category", "categories"): {"version": Integer(null=False, default=1)}})
    migration.after(SQL)
    return migration
