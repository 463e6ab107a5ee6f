"""Lets products with very many attributes be read anew: those that a category's schema names are kept before all others now."""

from marketplace.kernel.migrations import Migration

ID = "trade_0014_crowded"
VERSION = "1.38.0"
DESCRIPTION = "facets of products with very many attributes are read anew"

SQL = """UPDATE trade.facet_products f SET changes_at = '2026-01-01Z' WHERE (SELECT count(*) FROM jsonb_object_keys(f.attributes)) >= 40"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trade", description=DESCRIPTION)
    migration.after(SQL)
    return migration
