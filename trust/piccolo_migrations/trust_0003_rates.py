"""Takes the intervals of the first formula out of suppliers' rates and lets them be worked out anew by the present one."""

from __future__ import annotations

from marketplace.kernel.migrations import Migration

ID = "trust_0003_rates"
VERSION = "1.38.0"
DESCRIPTION = "rates of the first formula are worked out anew"

ANEW = """
INSERT INTO trust.stale_suppliers (supplier_id, since) SELECT supplier_id, as_of FROM trust.supplier_rates WHERE formula = 'rates-1' ON CONFLICT DO NOTHING;
UPDATE trust.supplier_rates SET on_time_low = NULL, on_time_high = NULL, acceptance_low = NULL, acceptance_high = NULL WHERE formula = 'rates-1';
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trust", description=DESCRIPTION)
    migration.after(ANEW)
    return migration
