"""Makes the tables of the score."""

from typing import Any

from piccolo.columns import UUID, BigInt, Boolean, Column, Date, Integer, Numeric, Text, Timestamptz

from marketplace.kernel.migrations import Migration, grant, tenant_policy

ID = "trust_0001_score"
VERSION = "1.38.0"
DESCRIPTION = "order outcomes and suppliers' rates"

CONSTRAINTS = """
ALTER TABLE trust.order_outcomes ADD CONSTRAINT order_outcomes_cancelled_by CHECK (cancelled_by IN ('', 'buyer', 'supplier', 'operator'));
CREATE INDEX order_outcomes_supplier ON trust.order_outcomes (supplier_id, placed_at);
ALTER TABLE trust.supplier_rates
  ADD CONSTRAINT supplier_rates_on_time CHECK (on_time_k BETWEEN 0 AND on_time_n AND (on_time_n = 0) = (on_time_low IS NULL) AND on_time_low <= on_time_high),
  ADD CONSTRAINT supplier_rates_acceptance CHECK (
    acceptance_k BETWEEN 0 AND acceptance_n AND (acceptance_n = 0) = (acceptance_low IS NULL) AND acceptance_low <= acceptance_high),
  ADD CONSTRAINT supplier_rates_shares CHECK (on_time_low >= 0 AND on_time_high <= 1 AND acceptance_low >= 0 AND acceptance_high <= 1),
  ADD CONSTRAINT supplier_rates_response CHECK (response_hours >= 0 AND response_hours < 1e6),
  ADD CONSTRAINT supplier_rates_window CHECK (window_days > 0);
"""


def _tables() -> dict[tuple[str, str], dict[str, Column]]:
    share: dict[str, Any] = {"digits": (7, 6), "null": True, "default": None}
    return {
        ("OrderOutcome", "order_outcomes"): {
            "order_id": UUID(primary_key=True, default=None),
            "supplier_id": UUID(null=False, default=None),
            "buyer_id": UUID(null=False, default=None),
            "placed_at": Timestamptz(null=True, default=None),
            "accepted_at": Timestamptz(null=True, default=None),
            "refused_at": Timestamptz(null=True, default=None),
            "is_timed_out": Boolean(null=False, default=False),
            "cancelled_at": Timestamptz(null=True, default=None),
            "cancelled_by": Text(null=False, default=""),
            "promised_on": Date(null=True, default=None),
            "time_zone": Text(null=False, default="UTC"),
            "delivered_at": Timestamptz(null=True, default=None),
            "delivered_on": Date(null=True, default=None),
        },
        ("SupplierRate", "supplier_rates"): {
            "supplier_id": UUID(primary_key=True, default=None),
            "as_of": Timestamptz(null=False, default=None),
            "window_days": Integer(null=False, default=365),
            "on_time_k": BigInt(null=False, default=0),
            "on_time_n": BigInt(null=False, default=0),
            "on_time_low": Numeric(**share),
            "on_time_high": Numeric(**share),
            "acceptance_k": BigInt(null=False, default=0),
            "acceptance_n": BigInt(null=False, default=0),
            "acceptance_low": Numeric(**share),
            "acceptance_high": Numeric(**share),
            "response_hours": Numeric(digits=(8, 2), null=True, default=None),
            "formula": Text(null=False, default="rates-1"),
        },
        ("StaleSupplier", "stale_suppliers"): {
            "supplier_id": UUID(primary_key=True, default=None),
            "since": Timestamptz(null=False, default=None),
        },
    }


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trust", description=DESCRIPTION)
    migration.tables(_tables())
    migration.after(
        CONSTRAINTS,
        grant("trust", "order_outcomes", "SELECT, INSERT, UPDATE"),
        tenant_policy("trust", "order_outcomes", "supplier_id", "buyer_id"),
        grant("trust", "supplier_rates", "SELECT, INSERT, UPDATE"),
        grant("trust", "stale_suppliers"),
    )
    return migration
