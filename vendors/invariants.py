"""Owns the invariants of vendors: each query answers no row at any moment."""

from __future__ import annotations

from marketplace.kernel.package import Invariant

INVARIANTS = (
    Invariant(
        "S1",
        "Nothing is reserved beyond what is on hand, unless the offer allows backorder or a count said that it is short",
        """SELECT k.product_id, k.offer_id, k.site_id FROM vendors.stock_levels k JOIN vendors.offers o ON o.product_id = k.product_id AND o.id = k.offer_id
           WHERE k.on_hand < 0 OR k.reserved < 0 OR (k.reserved > k.on_hand AND NOT o.allows_backorder AND k.short_since IS NULL)""",
    ),
    Invariant(
        "S2",
        "What is on hand is the sum of the movements",
        """SELECT k.product_id, k.offer_id, k.site_id FROM vendors.stock_levels k FULL JOIN
             (SELECT product_id, offer_id, site_id, sum(quantity) AS moved FROM vendors.stock_movements GROUP BY 1, 2, 3) m USING (product_id, offer_id, site_id)
           WHERE coalesce(k.on_hand, -1) <> coalesce(m.moved, 0)""",
    ),
    Invariant(
        "S3",
        "What is reserved is the sum of the open reservations",
        """SELECT k.product_id, k.offer_id, k.site_id FROM vendors.stock_levels k LEFT JOIN
             (SELECT product_id, offer_id, site_id, sum(quantity) AS open_quantity FROM vendors.stock_reservations WHERE state = 'open' GROUP BY 1, 2, 3) r
             USING (product_id, offer_id, site_id) WHERE k.reserved <> coalesce(r.open_quantity, 0)""",
    ),
    Invariant(
        "S4",
        "No reservation stays open for more than five minutes past its end",
        "SELECT id FROM vendors.stock_reservations WHERE state = 'open' AND expires_at < $1::timestamptz",
        lag_seconds=300,
    ),
    Invariant(
        "V1",
        "Every offer has its key and a price",
        """SELECT o.product_id, o.id FROM vendors.offers o
           WHERE NOT EXISTS (SELECT FROM vendors.offer_keys k WHERE k.product_id = o.product_id AND k.offer_id = o.id AND k.supplier_id = o.supplier_id)
              OR NOT EXISTS (SELECT FROM vendors.price_versions v WHERE v.product_id = o.product_id AND v.offer_id = o.id)""",
    ),
    Invariant(
        "MV1",
        "No offer stands on a product that was merged into another",
        """SELECT o.product_id, o.id FROM vendors.offers o JOIN catalogue.products p ON p.id = o.product_id
           WHERE p.moved_to IS NOT NULL AND p.updated_at < $1::timestamptz AND o.created_at < $1::timestamptz""",
        lag_seconds=120,
    ),
    Invariant(
        "MV2",
        "An offer whose product was merged stands where that leads, and goes back with it",
        """SELECT o.product_id, o.id FROM vendors.offers o JOIN catalogue.products h ON h.id = o.home_id
           WHERE o.product_id <> coalesce(h.moved_to, h.id) AND h.updated_at < $1::timestamptz""",
        lag_seconds=120,
    ),
    Invariant(
        "F1",
        "Every row of a file that was checked is counted once",
        """SELECT id FROM vendors.import_runs WHERE state IN ('checked', 'applying', 'applied')
             AND row_count <> new_count + changed_count + unchanged_count + error_count""",
    ),
    Invariant(
        "F2",
        "What a file made is there, under its supplier's own number",
        """SELECT r.run_id, r.line FROM vendors.import_runs u JOIN vendors.import_rows r ON r.run_id = u.id AND r.kind = 'new' WHERE u.state = 'applied'
             AND NOT EXISTS (SELECT FROM vendors.offer_keys k WHERE k.supplier_id = r.supplier_id AND k.sku_key = r.sku_key AND k.product_id = r.product_id)""",
    ),
    Invariant(
        "V2",
        "The numbers of an offer's price versions have no gap",
        "SELECT product_id, offer_id FROM vendors.price_versions GROUP BY 1, 2 HAVING max(seq) <> count(*)",
    ),
    Invariant(
        "V5",
        "A price is marked as withdrawn exactly when its withdrawal is on record",
        """SELECT v.id FROM vendors.price_versions v LEFT JOIN vendors.price_withdrawals x ON x.version_id = v.id
           WHERE v.is_withdrawn <> (x.version_id IS NOT NULL)""",
    ),
    Invariant(
        "V4",
        "An offer is marked as watched exactly when somebody watches its stock, and only then has it an open alert",
        """SELECT o.id FROM vendors.offers o LEFT JOIN vendors.stock_watches w ON w.product_id = o.product_id AND w.offer_id = o.id
           LEFT JOIN vendors.stock_alerts a ON a.product_id = o.product_id AND a.offer_id = o.id AND a.recovered_at IS NULL
           WHERE o.is_watched <> (w.offer_id IS NOT NULL) OR (a.id IS NOT NULL AND NOT o.is_watched)""",
    ),
    Invariant(
        "V3",
        "A supplier is marked as restricted exactly when a rule of its hides something from somebody",
        """SELECT s.organisation_id FROM vendors.suppliers s WHERE s.is_restricted <>
             EXISTS (SELECT FROM vendors.visibility_rules r WHERE r.supplier_id = s.organisation_id AND r.level NOT IN ('inherited', 'public'))""",
    ),
    Invariant(
        "L1",
        "A supplier stands where the latest act on it left it",
        """SELECT s.organisation_id, s.state, a.to_state FROM vendors.suppliers s
           JOIN LATERAL (SELECT to_state FROM vendors.supplier_acts WHERE supplier_id = s.organisation_id ORDER BY at DESC, id DESC LIMIT 1) a ON true
           WHERE a.to_state <> s.state""",
    ),
    Invariant(
        "L2",
        "A supplier is under notice exactly when the latest act on its notice gave one",
        """SELECT s.organisation_id, s.ends_on, a.ends_on AS given FROM vendors.suppliers s
           JOIN LATERAL (SELECT ends_on FROM vendors.supplier_acts WHERE supplier_id = s.organisation_id AND act IN ('give_notice', 'withdraw_notice')
             ORDER BY at DESC, id DESC LIMIT 1) a ON true
           WHERE a.ends_on IS DISTINCT FROM s.ends_on""",
    ),
    Invariant(
        "L3",
        "Each act that changed a supplier's state stands in the log of states",
        """SELECT a.id FROM vendors.supplier_acts a WHERE a.from_state <> a.to_state AND NOT EXISTS (SELECT FROM kernel.state_log l
             WHERE l.entity = 'supplier' AND l.entity_id = a.supplier_id AND l.from_state = a.from_state AND l.to_state = a.to_state AND l.at = a.at)""",
    ),
    Invariant(
        "L4",
        "A supplier is terminated no sooner than its notice of thirty days ran out",
        """SELECT a.id FROM vendors.supplier_acts a JOIN LATERAL (SELECT n.at, n.ends_on FROM vendors.supplier_acts n
             WHERE n.supplier_id = a.supplier_id AND n.act = 'give_notice' AND n.at <= a.at ORDER BY n.at DESC, n.id DESC LIMIT 1) g ON true
           WHERE a.act = 'end' AND (a.at::date < g.ends_on - 1 OR g.ends_on < g.at::date + 29)""",
    ),
    Invariant(
        "L5",
        "Whoever has seen a certificate is named with it",
        "SELECT id FROM vendors.certificates WHERE state = 'confirmed' AND (confirmed_at IS NULL OR confirmed_by = '' OR confirmed_at < stated_at)",
    ),
)
