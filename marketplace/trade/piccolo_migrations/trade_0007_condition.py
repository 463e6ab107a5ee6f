"""Lets an order's line keep the condition that its goods were offered in; what was ordered before that was kept counts as new."""

from piccolo.columns import Text

from marketplace.kernel.migrations import Migration

ID = "trade_0007_condition"
VERSION = "1.38.0"
DESCRIPTION = "condition of an order's lines"
CHECKS = "ALTER TABLE trade.order_lines ADD CONSTRAINT order_lines_condition CHECK (condition IN ('new', 'refurbished', 'used'))"


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trade", description=DESCRIPTION)
    migration.columns({("OrderLine", "order_lines"): {"condition": Text(null=False, default="new")}})
    migration.after(CHECKS)
    return migration
