"""Makes the watches of stock, the alerts that they raise, and the function that looks after both."""

from piccolo.columns import UUID, BigInt, Boolean, Column, Text, Timestamptz

from marketplace.kernel.migrations import Migration, composite_key, grant, tenant_policy

ID = "vendors_0005_watches"
VERSION = "1.38.0"
DESCRIPTION = "low stock: watches with a threshold, alerts that end with a recovery"


def _tables() -> dict[tuple[str, str], dict[str, Column]]:
    return {
        ("StockWatch", "stock_watches"): {
            "product_id": UUID(null=False, default=None),
            "offer_id": UUID(primary_key=True, default=None),
            "supplier_id": UUID(null=False, default=None),
            "kind": Text(null=False, default=None),
            "threshold": BigInt(null=False, default=None),
            "actor": Text(null=False, default=None),
            "updated_at": Timestamptz(null=False, default=None),
        },
        ("StockAlert", "stock_alerts"): {
            "id": UUID(primary_key=True, default=None),
            "product_id": UUID(null=False, default=None),
            "offer_id": UUID(null=False, default=None),
            "supplier_id": UUID(null=False, default=None),
            "threshold": BigInt(null=False, default=None),
            "available": BigInt(null=False, default=None),
            "raised_at": Timestamptz(null=False, default=None),
            "recovered_at": Timestamptz(null=True, default=None),
        },
    }


CONSTRAINTS = """
ALTER TABLE vendors.offers ADD CONSTRAINT offers_of_supplier UNIQUE (supplier_id, product_id, id);
ALTER TABLE vendors.stock_watches
  ADD CONSTRAINT stock_watches_offer FOREIGN KEY (supplier_id, product_id, offer_id) REFERENCES vendors.offers (supplier_id, product_id, id),
  ADD CONSTRAINT stock_watches_kind CHECK (kind IN ('units', 'days')),
  ADD CONSTRAINT stock_watches_threshold CHECK (threshold BETWEEN 1 AND 1000000000000 AND (kind = 'units' OR threshold <= 730));
ALTER TABLE vendors.stock_alerts
  ADD CONSTRAINT stock_alerts_offer FOREIGN KEY (supplier_id, product_id, offer_id) REFERENCES vendors.offers (supplier_id, product_id, id),
  ADD CONSTRAINT stock_alerts_quantities CHECK (threshold >= 0 AND available >= 0 AND recovered_at >= raised_at);
CREATE UNIQUE INDEX stock_alerts_open ON vendors.stock_alerts (product_id, offer_id) WHERE recovered_at IS NULL;
CREATE INDEX stock_alerts_supplier ON vendors.stock_alerts (supplier_id, raised_at DESC);
"""

# Whoever moves stock, a buyer too, has the supplier's watch looked at, so the function reads and writes as the owner, for one offer at a time. The
# watch is locked first: of two that move stock at different sites of one offer the second one sees what the first has left.
LOOK = """
CREATE POLICY looked ON vendors.stock_watches TO CURRENT_USER USING (true);
CREATE POLICY looked ON vendors.stock_alerts TO CURRENT_USER USING (true);
CREATE POLICY looked ON vendors.stock_movements FOR SELECT TO CURRENT_USER USING (true);
CREATE FUNCTION vendors.watch_stock(p_product uuid, p_offer uuid, p_alert uuid, p_now timestamptz)
RETURNS TABLE (change text, supplier uuid, available bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE watch vendors.stock_watches; left_now bigint; least bigint; shipped bigint; is_open boolean;
BEGIN
  SELECT * INTO watch FROM vendors.stock_watches w WHERE w.product_id = p_product AND w.offer_id = p_offer FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT coalesce(sum(greatest(l.on_hand - l.reserved - l.safety, 0)), 0) INTO left_now FROM vendors.stock_levels l
    WHERE l.product_id = p_product AND l.offer_id = p_offer;
  least := watch.threshold;
  IF watch.kind = 'days' THEN
    SELECT coalesce(-sum(m.quantity), 0) INTO shipped FROM vendors.stock_movements m
      WHERE m.product_id = p_product AND m.offer_id = p_offer AND m.kind = 'shipped' AND m.at > p_now - interval '90 days' AND m.at <= p_now;
    least := (watch.threshold * shipped + 89) / 90;
  END IF;
  SELECT EXISTS (SELECT FROM vendors.stock_alerts a WHERE a.product_id = p_product AND a.offer_id = p_offer AND a.recovered_at IS NULL) INTO is_open;
  IF NOT is_open AND left_now <= least THEN
    INSERT INTO vendors.stock_alerts (id, product_id, offer_id, supplier_id, threshold, available, raised_at)
      VALUES (p_alert, p_product, p_offer, watch.supplier_id, least, left_now, p_now);
    RETURN QUERY SELECT 'low'::text, watch.supplier_id, left_now;
  ELSIF is_open AND left_now > least AND left_now * 10 >= least * 11 THEN
    UPDATE vendors.stock_alerts a SET recovered_at = greatest(p_now, a.raised_at)
      WHERE a.product_id = p_product AND a.offer_id = p_offer AND a.recovered_at IS NULL;
    RETURN QUERY SELECT 'recovered'::text, watch.supplier_id, left_now;
  END IF;
END $$;
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="vendors", description=DESCRIPTION)
    migration.tables(_tables())
    migration.columns({("Offer", "offers"): {"is_watched": Boolean(null=False, default=False)}})
    migration.after(
        composite_key("vendors", "stock_watches", "product_id", "offer_id"),
        CONSTRAINTS,
        grant("vendors", "stock_watches"),
        grant("vendors", "stock_alerts", "SELECT, UPDATE"),
        tenant_policy("vendors", "stock_watches", "supplier_id"),
        tenant_policy("vendors", "stock_alerts", "supplier_id"),
        LOOK,
    )
    return migration
