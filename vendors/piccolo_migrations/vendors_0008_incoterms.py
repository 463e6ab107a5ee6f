"""Lets offers be sold under each of the eleven Incoterms 2020: what a price holds was counted for all of them already, only four could be chosen."""

from marketplace.kernel.migrations import Migration

ID = "vendors_0008_incoterms"
VERSION = "1.38.0"
DESCRIPTION = "all eleven Incoterms 2020 for offers and suppliers"

ELEVEN = "('EXW', 'FCA', 'FAS', 'FOB', 'CFR', 'CIF', 'CPT', 'CIP', 'DAP', 'DPU', 'DDP')"
WIDER = f"""
ALTER TABLE vendors.suppliers DROP CONSTRAINT suppliers_incoterm;
ALTER TABLE vendors.suppliers ADD CONSTRAINT suppliers_incoterm CHECK (default_incoterm IN {ELEVEN});
ALTER TABLE vendors.offers DROP CONSTRAINT offers_incoterm;
ALTER TABLE vendors.offers ADD CONSTRAINT offers_incoterm CHECK (incoterm IN {ELEVEN});
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="vendors", description=DESCRIPTION)
    migration.after(WIDER)
    return migration
