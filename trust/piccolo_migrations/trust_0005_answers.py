"""Lets suppliers' rates tell of how many answers the time to an answer is, and between which hours half of them came."""

from __future__ import annotations

from piccolo.columns import BigInt, Column, Numeric

from marketplace.kernel.migrations import Migration

ID = "trust_0005_answers"
VERSION = "1.38.0"
DESCRIPTION = "the number and the quartiles of answers"

COLUMNS: dict[str, Column] = {
    "response_n": BigInt(null=False, default=0),
    "response_low": Numeric(digits=(8, 2), null=True, default=None),
    "response_high": Numeric(digits=(8, 2), null=True, default=None),
}
# What is stored is worked out anew, so that a replay finds the same.
ANEW = """
ALTER TABLE trust.supplier_rates
  ADD CONSTRAINT supplier_rates_answers CHECK (response_n >= 0 AND response_low >= 0 AND response_low <= response_high AND response_high < 1e6);
INSERT INTO trust.stale_suppliers (supplier_id, since) SELECT supplier_id, as_of FROM trust.supplier_rates ON CONFLICT DO NOTHING;
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trust", description=DESCRIPTION)
    migration.columns({("SupplierRate", "supplier_rates"): COLUMNS})
    migration.after(ANEW)
    return migration
