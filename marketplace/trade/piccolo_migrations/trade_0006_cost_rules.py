"""Lets an order keep which version of which table its freight and duty came from, and what its freight was made up of."""

from piccolo.columns import JSONB, Column, Text

from marketplace.kernel.migrations import Migration

ID = "trade_0006_cost_rules"
VERSION = "1.38.0"
DESCRIPTION = "rules and parts of an order's freight and duty"
COLUMNS: dict[str, Column] = {
    "freight_rule": Text(null=False, default=""),
    "freight_parts": JSONB(null=False, default="[]"),
    "duty_rule": Text(null=False, default=""),
}
CHECKS = "ALTER TABLE trade.orders ADD CONSTRAINT orders_freight_parts CHECK (jsonb_typeof(freight_parts) = 'array')"


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trade", description=DESCRIPTION)
    migration.columns({("Order", "orders"): COLUMNS})
    migration.after(CHECKS)
    return migration
