"""Lets what nobody needs any more be forgotten: old searches in vain, and what searches that are over had seen and told."""

from marketplace.kernel.migrations import Migration, grant

ID = "trade_0015_forgetting"
VERSION = "1.38.0"
DESCRIPTION = "searches in vain and kept searches that are over are forgotten"


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trade", description=DESCRIPTION)
    for table in ("search_misses", "search_seen", "search_alerts"):
        migration.after(grant("trade", table, "DELETE"))
    return migration
