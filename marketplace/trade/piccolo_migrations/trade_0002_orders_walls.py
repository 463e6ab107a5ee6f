"""Raises the walls of carts, orders, shipments and payments: checks, keys that carry the tenant, row security, indexes, column grants."""

from __future__ import annotations

from typing import Final

from marketplace.kernel.migrations import Migration, tenant_policy

ID = "trade_0002_orders_walls"
VERSION = "1.38.0"
DESCRIPTION = "Checks, tenant keys, row security"

OWNED: Final = {
    "carts": "organisation_id",
    "cart_lines": "organisation_id",
    "order_groups": "buyer_id",
    "order_group_totals": "buyer_id",
    "payments": "buyer_id",
}
SHARED: Final = ("orders", "order_lines", "promises", "shipments", "shipment_lines", "payment_shares")
AMOUNTS: Final = """goods_minor BETWEEN 0 AND 1000000000000000 AND freight_minor BETWEEN 0 AND 1000000000000000 AND discount_minor BETWEEN 0 AND goods_minor
    AND net_minor = goods_minor + freight_minor - discount_minor AND (tax_minor IS NULL OR tax_minor >= 0) AND gross_minor = net_minor + coalesce(tax_minor, 0)
    AND gross_minor <= 1000000000000000 AND currency ~ '^[A-Z][A-Z][A-Z]$'"""
QUANTITIES: Final = ("open", "accepted", "refused", "withdrawn", "to_ship", "shipped", "cancelled", "in_transit", "delivered", "lost", "returned")

CHECKS: Final = (
    ("carts", "state IN ('open', 'ordered') AND version > 0"),
    ("cart_lines", "quantity BETWEEN 1 AND 1000000000 AND seen_unit_price >= 0 AND seen_unit_price < 1e12"),
    ("order_group_totals", AMOUNTS),
    ("orders", AMOUNTS),
    (
        "orders",
        """state IN ('pending_approval', 'awaiting_acceptance', 'accepted', 'partly_accepted', 'refused', 'timed_out', 'cancelled',
        'partially_shipped', 'shipped', 'delivered', 'closed') AND version > 0 AND position > 0 AND cancelled_by IN ('', 'buyer', 'supplier', 'operator')
        AND freight_state IN ('known', 'estimated', 'included', 'not_applicable', 'unknown') AND accept_by >= placed_at
        AND duty_state IN ('known', 'estimated', 'included', 'not_applicable', 'unknown') AND (duty_minor IS NULL) = (duty_state = 'unknown')
        AND (duty_minor IS NULL OR duty_minor >= 0)""",
    ),
    ("orders", "buyer_id <> vendor_id"),
    ("order_lines", "quantity > 0 AND " + " AND ".join(f"{name} >= 0" for name in QUANTITIES)),
    ("order_lines", "quantity = open + accepted + refused + withdrawn"),
    ("order_lines", "accepted = to_ship + shipped + cancelled"),
    ("order_lines", "shipped = in_transit + delivered + lost AND returned <= delivered"),
    (
        "order_lines",
        """unit_price >= 0 AND unit_price < 1e12 AND net_minor BETWEEN 0 AND 100000000000000 AND unit_decimals BETWEEN 0 AND 3
        AND gross_minor = net_minor + coalesce(tax_minor, 0) AND (tax_minor IS NULL OR tax_minor >= 0)""",
    ),
    ("promises", "seq > 0"),
    (
        "shipments",
        """state IN ('pre_transit', 'handed_over', 'in_transit', 'out_for_delivery', 'delivered', 'exception', 'lost', 'returned', 'voided')
        AND version > 0 AND (state <> 'delivered' OR delivered_at IS NOT NULL) AND (delivered_at IS NULL OR delivered_at >= handed_over_at)""",
    ),
    ("shipment_lines", "quantity > 0"),
    ("payments", "amount_minor BETWEEN 0 AND 1000000000000000 AND voided_minor BETWEEN 0 AND amount_minor AND due_days >= 0 AND version > 0"),
    (
        "payments",
        "state IN ('requires_action', 'processing', 'authorised', 'captured', 'partly_refunded', 'refunded', 'failed', 'cancelled', 'disputed')",
    ),
    ("payments", "method IN ('manual_transfer', 'card', 'direct_debit') AND timing IN ('order', 'acceptance', 'shipment', 'delivery', 'due_date')"),
    (
        "payment_shares",
        """amount_minor >= 0 AND captured_minor BETWEEN 0 AND amount_minor - voided_minor AND authorised_minor BETWEEN 0 AND amount_minor
        AND refunded_minor BETWEEN 0 AND captured_minor AND voided_minor BETWEEN 0 AND amount_minor AND version > 0""",
    ),
)

KEYS: Final = (
    "ALTER TABLE trade.carts ADD CONSTRAINT carts_tenant UNIQUE (id, organisation_id)",
    "ALTER TABLE trade.order_groups ADD CONSTRAINT order_groups_tenant UNIQUE (id, buyer_id)",
    "ALTER TABLE trade.orders ADD CONSTRAINT orders_tenants UNIQUE (id, buyer_id, vendor_id)",
    "ALTER TABLE trade.order_lines ADD CONSTRAINT order_lines_tenants UNIQUE (id, order_id, buyer_id, vendor_id)",
    "ALTER TABLE trade.shipments ADD CONSTRAINT shipments_tenants UNIQUE (id, order_id, buyer_id, vendor_id)",
    "ALTER TABLE trade.payments ADD CONSTRAINT payments_tenant UNIQUE (id, buyer_id, currency, method, timing, due_days)",
    "ALTER TABLE trade.carts ADD FOREIGN KEY (organisation_id) REFERENCES kernel.organisations (id)",
    "ALTER TABLE trade.cart_lines ADD FOREIGN KEY (cart_id, organisation_id) REFERENCES trade.carts (id, organisation_id)",
    "ALTER TABLE trade.cart_lines ADD FOREIGN KEY (product_id, offer_id) REFERENCES vendors.offers (product_id, id)",
    "ALTER TABLE trade.order_groups ADD FOREIGN KEY (cart_id, buyer_id) REFERENCES trade.carts (id, organisation_id)",
    "ALTER TABLE trade.order_group_totals ADD FOREIGN KEY (group_id, buyer_id) REFERENCES trade.order_groups (id, buyer_id)",
    "ALTER TABLE trade.orders ADD FOREIGN KEY (group_id, buyer_id) REFERENCES trade.order_groups (id, buyer_id)",
    "ALTER TABLE trade.orders ADD FOREIGN KEY (vendor_id) REFERENCES kernel.organisations (id)",
    "ALTER TABLE trade.orders ADD CONSTRAINT orders_position UNIQUE (group_id, position)",
    "ALTER TABLE trade.orders ADD CONSTRAINT orders_split UNIQUE (group_id, vendor_id, currency)",
    "ALTER TABLE trade.order_lines ADD FOREIGN KEY (order_id, buyer_id, vendor_id) REFERENCES trade.orders (id, buyer_id, vendor_id)",
    "ALTER TABLE trade.order_lines ADD FOREIGN KEY (product_id, offer_id) REFERENCES vendors.offers (product_id, id)",
    "ALTER TABLE trade.order_lines ADD CONSTRAINT order_lines_position UNIQUE (order_id, position)",
    "ALTER TABLE trade.promises ADD FOREIGN KEY (order_line_id, order_id, buyer_id, vendor_id) REFERENCES trade.order_lines (id, order_id, buyer_id, vendor_id)",
    "ALTER TABLE trade.promises ADD CONSTRAINT promises_seq UNIQUE (order_line_id, seq)",
    "ALTER TABLE trade.shipments ADD FOREIGN KEY (order_id, buyer_id, vendor_id) REFERENCES trade.orders (id, buyer_id, vendor_id)",
    "ALTER TABLE trade.shipments ADD CONSTRAINT shipments_tracking UNIQUE (carrier, tracking_number)",
    "ALTER TABLE trade.shipment_lines ADD FOREIGN KEY (shipment_id, order_id, buyer_id, vendor_id) REFERENCES trade.shipments (id, order_id, buyer_id, vendor_id)",
    "ALTER TABLE trade.shipment_lines ADD FOREIGN KEY (order_line_id, order_id, buyer_id, vendor_id) REFERENCES trade.order_lines (id, order_id, buyer_id, vendor_id)",
    "ALTER TABLE trade.shipment_lines ADD CONSTRAINT shipment_lines_once UNIQUE (shipment_id, order_line_id)",
    "ALTER TABLE trade.payments ADD FOREIGN KEY (group_id, buyer_id) REFERENCES trade.order_groups (id, buyer_id)",
    "ALTER TABLE trade.payments ADD CONSTRAINT payments_once UNIQUE (group_id, currency)",
    "ALTER TABLE trade.payments ADD CONSTRAINT payments_psp UNIQUE (psp, psp_id)",
    """ALTER TABLE trade.payment_shares ADD FOREIGN KEY (payment_id, buyer_id, currency, method, timing, due_days)
    REFERENCES trade.payments (id, buyer_id, currency, method, timing, due_days)""",
    "ALTER TABLE trade.payment_shares ADD FOREIGN KEY (order_id, buyer_id, vendor_id) REFERENCES trade.orders (id, buyer_id, vendor_id)",
)

INDEXES: Final = (
    "CREATE UNIQUE INDEX carts_one_open ON trade.carts (organisation_id, person_id) WHERE state = 'open'",
    "CREATE UNIQUE INDEX cart_lines_offer ON trade.cart_lines (cart_id, offer_id)",
    "CREATE UNIQUE INDEX order_group_totals_currency ON trade.order_group_totals (group_id, currency)",
    "CREATE INDEX order_groups_buyer ON trade.order_groups (buyer_id, placed_at, id)",
    "CREATE INDEX orders_buyer ON trade.orders (buyer_id, placed_at, id)",
    "CREATE INDEX orders_vendor ON trade.orders (vendor_id, placed_at, id)",
    "CREATE INDEX orders_vendor_state ON trade.orders (vendor_id, state)",
    "CREATE INDEX orders_waiting ON trade.orders (accept_by) WHERE state = 'awaiting_acceptance'",
    "CREATE INDEX order_lines_offer ON trade.order_lines (product_id, offer_id)",
    "CREATE INDEX promises_order ON trade.promises (order_id)",
    "CREATE INDEX shipments_order ON trade.shipments (order_id)",
    "CREATE INDEX shipments_vendor ON trade.shipments (vendor_id, id)",
    "CREATE INDEX shipments_under_way ON trade.shipments (buyer_id) WHERE state NOT IN ('delivered', 'lost', 'returned', 'voided')",
    "CREATE INDEX shipment_lines_line ON trade.shipment_lines (order_line_id)",
    "CREATE INDEX payment_shares_payment ON trade.payment_shares (payment_id)",
)

GRANTS: Final = (
    "CREATE SEQUENCE trade.group_numbers START 10001",
    "GRANT USAGE ON SEQUENCE trade.group_numbers TO marketplace_app",
    "GRANT SELECT, INSERT, UPDATE ON trade.carts TO marketplace_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON trade.cart_lines TO marketplace_app",
    "GRANT SELECT, INSERT ON trade.order_groups, trade.order_group_totals, trade.promises, trade.shipment_lines TO marketplace_app",
    "GRANT SELECT, INSERT ON trade.orders, trade.order_lines, trade.shipments, trade.payments, trade.payment_shares TO marketplace_app",
    """GRANT UPDATE (state, may_ship, promised_on, accepted_at, ended_at, delivered_at, cancelled_by, end_reason, version, updated_at)
    ON trade.orders TO marketplace_app""",
    f"GRANT UPDATE ({', '.join(QUANTITIES)}) ON trade.order_lines TO marketplace_app",
    "GRANT UPDATE (state, handed_over_at, delivered_at, delivered_on, version) ON trade.shipments TO marketplace_app",
    "GRANT UPDATE (state, voided_minor, due_on, psp, psp_id, version) ON trade.payments TO marketplace_app",
    "GRANT UPDATE (state, authorised_minor, captured_minor, refunded_minor, voided_minor, due_on, version) ON trade.payment_shares TO marketplace_app",
)


def walls() -> list[str]:
    """List the statements in their order."""
    statements = [f"ALTER TABLE trade.{table} ADD CONSTRAINT {table}_rule_{number} CHECK ({rule})" for number, (table, rule) in enumerate(CHECKS)]
    statements += [*KEYS, *INDEXES, *GRANTS]
    statements += [tenant_policy("trade", table, column) for table, column in OWNED.items()]
    statements += [tenant_policy("trade", table, "buyer_id", "vendor_id") for table in SHARED]
    return statements


async def forwards() -> Migration:
    """Raise the walls around the tables of the migration before."""
    manager = Migration(migration_id=ID, app_name="trade", description=DESCRIPTION)
    manager.after(*walls())
    return manager
