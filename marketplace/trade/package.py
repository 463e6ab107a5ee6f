"""Owns the front door of trade: what its rooms bring to the server, the worker and the command line."""

from __future__ import annotations

from marketplace.kernel.contracts import OrderAccepted, OrderCancelled, OrderDelivered, OrderPlaced, OrderRefused
from marketplace.kernel.package import Handler, Invariant, Job, Package
from marketplace.kernel.ports import PRODUCT_COUNTS, SUPPLIER_TIES
from marketplace.trade.alerts import handlers as alert_handlers
from marketplace.trade.alerts import jobs as alert_jobs
from marketplace.trade.alerts import pages as alert_pages
from marketplace.trade.alerts import routes as alerts
from marketplace.trade.alike import pages as alike_pages
from marketplace.trade.alike import routes as alike
from marketplace.trade.carts.pages import PAGES as CART_PAGES
from marketplace.trade.carts.pages import POLICIES as CART_PAGE_POLICIES
from marketplace.trade.carts.routes import POLICIES as CART_POLICIES
from marketplace.trade.carts.routes import ROUTERS as CART_ROUTERS
from marketplace.trade.carts.service import CartTies
from marketplace.trade.checkout.pages import PAGES as CHECKOUT_PAGES
from marketplace.trade.checkout.pages import POLICIES as CHECKOUT_PAGE_POLICIES
from marketplace.trade.checkout.routes import POLICIES as CHECKOUT_POLICIES
from marketplace.trade.checkout.routes import ROUTERS as CHECKOUT_ROUTERS
from marketplace.trade.compare.routes import POLICIES as COMPARE_POLICIES
from marketplace.trade.compare.routes import ROUTERS as COMPARE_ROUTERS
from marketplace.trade.demand import jobs as demand_jobs
from marketplace.trade.demand import pages as demand_pages
from marketplace.trade.demand import routes as demand
from marketplace.trade.desk.pages import NAV
from marketplace.trade.desk.pages import PAGES as DESK_PAGES
from marketplace.trade.desk.pages import POLICIES as DESK_POLICIES
from marketplace.trade.facets.handlers import HANDLERS as FACET_HANDLERS
from marketplace.trade.facets.jobs import JOBS as FACET_JOBS
from marketplace.trade.facets.pages import PAGES as FACET_PAGES
from marketplace.trade.facets.pages import POLICIES as FACET_PAGE_POLICIES
from marketplace.trade.facets.routes import POLICIES as FACET_POLICIES
from marketplace.trade.facets.routes import ROUTERS as FACET_ROUTERS
from marketplace.trade.grid.pages import NAV as GRID_NAV
from marketplace.trade.grid.pages import PAGES as GRID_PAGES
from marketplace.trade.grid.pages import POLICIES as GRID_PAGE_POLICIES
from marketplace.trade.grid.routes import POLICIES as GRID_POLICIES
from marketplace.trade.grid.routes import ROUTERS as GRID_ROUTERS
from marketplace.trade.orders.handlers import on_order_placed
from marketplace.trade.orders.routes import POLICIES as ORDER_POLICIES
from marketplace.trade.orders.routes import ROUTERS as ORDER_ROUTERS
from marketplace.trade.orders.rules import ORDER_MACHINE
from marketplace.trade.orders.service import OrderCounts, OrderTies, time_out_orders
from marketplace.trade.payments.handlers import on_order_accepted, on_order_cancelled, on_order_delivered, on_order_refused
from marketplace.trade.payments.rules import PAYMENT_MACHINE
from marketplace.trade.payments.service import PaymentTies
from marketplace.trade.ranking.pages import NAV as RANKING_NAV
from marketplace.trade.ranking.pages import PAGES as RANKING_PAGES
from marketplace.trade.ranking.pages import POLICIES as RANKING_PAGE_POLICIES
from marketplace.trade.ranking.pages_operator import NAV as RANKING_OPERATOR_NAV
from marketplace.trade.ranking.pages_operator import PAGES as RANKING_OPERATOR_PAGES
from marketplace.trade.ranking.pages_operator import POLICIES as RANKING_OPERATOR_POLICIES
from marketplace.trade.ranking.routes import POLICIES as RANKING_POLICIES
from marketplace.trade.ranking.routes import ROUTERS as RANKING_ROUTERS
from marketplace.trade.saved import pages as saved_pages
from marketplace.trade.saved import routes as saved
from marketplace.trade.search.handlers import HANDLERS as SEARCH_HANDLERS
from marketplace.trade.search.jobs import JOBS as SEARCH_JOBS
from marketplace.trade.search.pages import POLICIES as SEARCH_PAGE_POLICIES
from marketplace.trade.search.pages import SearchPages
from marketplace.trade.search.routes import POLICIES as SEARCH_POLICIES
from marketplace.trade.search.routes import SearchController
from marketplace.trade.sheets.pages import PAGES as SHEET_PAGES
from marketplace.trade.sheets.pages import POLICIES as SHEET_POLICIES
from marketplace.trade.shipments.routes import POLICIES as SHIPMENT_POLICIES
from marketplace.trade.shipments.routes import ROUTERS as SHIPMENT_ROUTERS
from marketplace.trade.shipments.rules import SHIPMENT_MACHINE
from marketplace.trade.wanted import pages as wanted_pages
from marketplace.trade.wanted import routes as wanted
from marketplace.trade.words import pages as words_pages
from marketplace.trade.words import routes as words
from vendors.moves.service import OfferCounts

POLICIES = (
    *SEARCH_POLICIES,
    *SEARCH_PAGE_POLICIES,
    *words.POLICIES,
    *words_pages.POLICIES,
    *FACET_POLICIES,
    *FACET_PAGE_POLICIES,
    *alike.POLICIES,
    *alike_pages.POLICIES,
    *alerts.POLICIES,
    *alert_pages.POLICIES,
    *demand.POLICIES,
    *demand_pages.POLICIES,
    *wanted.POLICIES,
    *wanted_pages.POLICIES,
    *COMPARE_POLICIES,
    *SHEET_POLICIES,
    *RANKING_POLICIES,
    *RANKING_PAGE_POLICIES,
    *RANKING_OPERATOR_POLICIES,
    *CART_POLICIES,
    *CART_PAGE_POLICIES,
    *CHECKOUT_POLICIES,
    *CHECKOUT_PAGE_POLICIES,
    *ORDER_POLICIES,
    *SHIPMENT_POLICIES,
    *DESK_POLICIES,
    *GRID_POLICIES,
    *saved.POLICIES,
    *saved_pages.POLICIES,
    *GRID_PAGE_POLICIES,
)
HANDLERS = (
    *SEARCH_HANDLERS,
    *FACET_HANDLERS,
    *alert_handlers.HANDLERS,
    Handler("trade.orders.auto_accept", OrderPlaced, on_order_placed),
    Handler("trade.payments.order_accepted", OrderAccepted, on_order_accepted),
    Handler("trade.payments.order_refused", OrderRefused, on_order_refused),
    Handler("trade.payments.order_cancelled", OrderCancelled, on_order_cancelled),
    Handler("trade.payments.order_delivered", OrderDelivered, on_order_delivered),
)
JOBS = (
    Job(
        "trade.orders.time_out", 60, time_out_orders, "Ends unanswered orders",
        "Ends each order that its supplier did not answer in time, so that the buyer can order elsewhere.",
    ),
    *SEARCH_JOBS,
    *FACET_JOBS,
    *alert_jobs.JOBS,
    *demand_jobs.JOBS,
)  # fmt: skip
INVARIANTS = (
    Invariant("O1", "An order's net is lines plus freight less discount, and gross adds the tax that is determined", """
        SELECT o.id FROM trade.orders o JOIN (SELECT order_id, sum(net_minor) AS net, sum(tax_minor) AS tax, count(*) FILTER (WHERE tax_minor IS NULL) AS untaxed
          FROM trade.order_lines GROUP BY order_id) l ON l.order_id = o.id
        WHERE o.goods_minor <> l.net OR o.net_minor <> o.goods_minor + o.freight_minor - o.discount_minor OR o.gross_minor <> o.net_minor + coalesce(o.tax_minor, 0)"""),
    Invariant("O1-lines", "Every order has lines", """
        SELECT o.id FROM trade.orders o WHERE NOT EXISTS (SELECT FROM trade.order_lines l WHERE l.order_id = o.id)"""),
    Invariant("O2", "Per currency, a group's total is the sum of its orders", """
        SELECT coalesce(t.group_id, o.group_id) FROM trade.order_group_totals t
        FULL JOIN (SELECT group_id, currency, sum(goods_minor) AS goods, sum(freight_minor) AS freight, sum(net_minor) AS net, sum(gross_minor) AS gross
          FROM trade.orders GROUP BY group_id, currency) o ON o.group_id = t.group_id AND o.currency = t.currency
        WHERE (t.goods_minor, t.freight_minor, t.net_minor, t.gross_minor) IS DISTINCT FROM (o.goods, o.freight, o.net, o.gross)"""),
    Invariant("O3", "Quantities of a line are all accounted for", """
        SELECT id FROM trade.order_lines WHERE quantity <> open + accepted + refused + withdrawn OR accepted <> to_ship + shipped + cancelled
        OR shipped <> in_transit + delivered + lost OR returned > delivered"""),
    Invariant("O3-state", "An order's state says what its quantities say", """
        SELECT o.id FROM trade.orders o JOIN (SELECT order_id, sum(open) AS open, sum(accepted) AS accepted, sum(to_ship) AS to_ship, sum(shipped) AS shipped,
          sum(in_transit) AS in_transit FROM trade.order_lines GROUP BY order_id) l ON l.order_id = o.id
        WHERE (o.state = 'awaiting_acceptance') <> (l.open > 0) OR (o.state IN ('accepted', 'partly_accepted') AND (l.shipped > 0 OR l.to_ship = 0))
        OR (o.state = 'partially_shipped' AND (l.to_ship = 0 OR l.shipped = 0)) OR (o.state = 'shipped' AND (l.to_ship > 0 OR l.in_transit = 0))
        OR (o.state IN ('delivered', 'closed') AND (l.to_ship > 0 OR l.in_transit > 0)) OR (o.state IN ('refused', 'timed_out') AND l.accepted > 0)"""),
    Invariant("O4", "No order awaits acceptance before its group is placed", """
        SELECT o.id FROM trade.orders o LEFT JOIN trade.order_groups g ON g.id = o.group_id WHERE g.id IS NULL OR o.placed_at <> g.placed_at"""),
    Invariant("O5", "A cart became one group at most, and is then no longer open", """
        SELECT g.cart_id FROM trade.order_groups g JOIN trade.carts c ON c.id = g.cart_id GROUP BY g.cart_id, c.state HAVING count(*) > 1 OR c.state <> 'ordered'
        UNION ALL SELECT c.id FROM trade.carts c WHERE c.state = 'ordered' AND NOT EXISTS (SELECT FROM trade.order_groups g WHERE g.cart_id = c.id)"""),
    Invariant("O6", "Each line has the price of its price version at its quantity, which was in force when it was placed", """
        SELECT l.id FROM trade.order_lines l JOIN trade.orders o ON o.id = l.order_id
        LEFT JOIN vendors.price_versions v ON v.id = l.price_version_id AND v.product_id = l.product_id AND v.offer_id = l.offer_id
        WHERE v.id IS NULL OR v.valid_from > o.placed_at OR v.valid_to <= o.placed_at OR v.tier_price[width_bucket(l.quantity, v.tier_from)] IS DISTINCT FROM l.unit_price"""),
    Invariant("H1", "No line is shipped beyond what was accepted, and shipments say what lines say", """
        SELECT l.id FROM trade.order_lines l LEFT JOIN (SELECT s.order_line_id, sum(s.quantity) AS quantity FROM trade.shipment_lines s
          JOIN trade.shipments h ON h.id = s.shipment_id WHERE h.state <> 'voided' GROUP BY s.order_line_id) s ON s.order_line_id = l.id
        WHERE coalesce(s.quantity, 0) <> l.shipped OR l.shipped > l.accepted"""),
    Invariant("H2", "A carrier's tracking number names one shipment", """
        SELECT carrier, tracking_number FROM trade.shipments GROUP BY carrier, tracking_number HAVING count(*) > 1"""),
    Invariant("H4", "Nothing was shipped that payment does not let go", """
        SELECT o.id FROM trade.orders o WHERE o.state IN ('partially_shipped', 'shipped') AND NOT o.may_ship"""),
    Invariant("S4-orders", "No stock is reserved for an order that has ended, nor missing for one that lives", """
        SELECT o.id FROM trade.orders o JOIN (SELECT order_id, sum(open + to_ship) AS wanted FROM trade.order_lines GROUP BY order_id) l ON l.order_id = o.id
        LEFT JOIN (SELECT order_id, sum(quantity) AS kept FROM vendors.stock_reservations WHERE state = 'open' GROUP BY order_id) r ON r.order_id = o.id
        WHERE coalesce(r.kept, 0) <> l.wanted AND NOT (o.state = 'awaiting_acceptance' AND o.accept_by BETWEEN $1::timestamptz AND $1::timestamptz + interval '300 seconds')""", lag_seconds=300),
    Invariant("P3-shares", "A payment is the exact sum of its shares", """
        SELECT p.id FROM trade.payments p LEFT JOIN (SELECT payment_id, sum(amount_minor) AS amount, sum(voided_minor) AS voided FROM trade.payment_shares GROUP BY payment_id) s
        ON s.payment_id = p.id WHERE (p.amount_minor, p.voided_minor) IS DISTINCT FROM (s.amount, s.voided)"""),
    Invariant("P3-orders", "Each order has one share of its gross amount in its currency", """
        SELECT o.id FROM trade.orders o LEFT JOIN trade.payment_shares s ON s.order_id = o.id
        WHERE (s.amount_minor, s.currency) IS DISTINCT FROM (o.gross_minor, o.currency)"""),
    Invariant("P2", "No more is captured than authorised or owed, and no more refunded than captured", """
        SELECT id FROM trade.payment_shares WHERE captured_minor > amount_minor - voided_minor OR refunded_minor > captured_minor"""),
    Invariant("P-voided", "The share of an order that ended before shipping is voided", """
        SELECT o.id FROM trade.orders o JOIN trade.payment_shares s ON s.order_id = o.id
        WHERE o.state IN ('refused', 'timed_out', 'cancelled') AND s.voided_minor <> s.amount_minor AND o.updated_at < $1::timestamptz""", lag_seconds=60),
    Invariant("GR1", "A save of the price grid is taken back at most once, by whoever made it, within a quarter of an hour, and an undo never is", """
        SELECT u.id FROM trade.grid_saves u JOIN trade.grid_saves s ON s.id = u.undoes_id
        WHERE s.organisation_id <> u.organisation_id OR s.principal <> u.principal OR s.undoes_id IS NOT NULL
          OR u.saved_at NOT BETWEEN s.saved_at AND s.saved_at + interval '15 minutes'
        UNION ALL SELECT undoes_id FROM trade.grid_saves WHERE undoes_id IS NOT NULL GROUP BY undoes_id HAVING count(*) > 1"""),
    Invariant("GR2", "Each price that a save of the grid changed has a version of that moment", """
        SELECT s.id FROM trade.grid_saves s CROSS JOIN LATERAL jsonb_array_elements(s.changes) AS c(change)
        WHERE jsonb_array_length(c.change->3) > 0 AND NOT EXISTS (SELECT FROM vendors.price_versions v
          WHERE v.product_id = (c.change->>1)::uuid AND v.offer_id = (c.change->>0)::uuid AND v.created_at = s.saved_at)"""),
    Invariant("R1", "Published weights are numbered without a gap, and none begins before the first", """
        SELECT v.version FROM trade.ranking_versions v LEFT JOIN trade.ranking_versions p ON p.version = v.version - 1
        WHERE v.version > 1 AND (p.version IS NULL OR v.in_force_from < (SELECT f.in_force_from FROM trade.ranking_versions f WHERE f.version = 1))
        UNION ALL SELECT 1 WHERE NOT EXISTS (SELECT FROM trade.ranking_versions WHERE version = 1)"""),
    Invariant("C1", "The states of a saved comparison are numbered without a gap up to its latest, all of one organisation", """
        SELECT c.id FROM trade.saved_comparisons c LEFT JOIN (SELECT comparison_id, organisation_id, count(*) AS kept, max(seq) AS last
          FROM trade.comparison_snapshots GROUP BY comparison_id, organisation_id) s ON s.comparison_id = c.id AND s.organisation_id = c.organisation_id
        WHERE (s.kept, s.last) IS DISTINCT FROM (c.latest_seq::bigint, c.latest_seq)"""),
    ORDER_MACHINE.present_state(),
    SHIPMENT_MACHINE.present_state(),
    PAYMENT_MACHINE.present_state(),
)  # fmt: skip
ROUTERS = (
    SearchController, *FACET_ROUTERS, *COMPARE_ROUTERS, *RANKING_ROUTERS, *CART_ROUTERS, *CHECKOUT_ROUTERS, *ORDER_ROUTERS, *SHIPMENT_ROUTERS, *GRID_ROUTERS,
    *saved.ROUTERS, *alike.ROUTERS, *alerts.ROUTERS, *demand.ROUTERS, *wanted.ROUTERS, *words.ROUTERS,
)  # fmt: skip
PAGES = (
    SearchPages,
    *FACET_PAGES,
    *alike_pages.PAGES,
    *alert_pages.PAGES,
    *demand_pages.PAGES,
    *wanted_pages.PAGES,
    *words_pages.PAGES,
    *SHEET_PAGES,
    *RANKING_PAGES,
    *RANKING_OPERATOR_PAGES,
    *CART_PAGES,
    *CHECKOUT_PAGES,
    *DESK_PAGES,
    *saved_pages.PAGES,
    *GRID_PAGES,
)

PACKAGE = Package(
    name="trade",
    routers=ROUTERS,
    pages=PAGES,
    nav=(
        *NAV,
        *RANKING_NAV,
        *RANKING_OPERATOR_NAV,
        *saved_pages.NAV,
        *alert_pages.NAV,
        *demand_pages.NAV,
        *wanted_pages.NAV,
        *words_pages.NAV,
        *GRID_NAV,
    ),
    policies=POLICIES,
    handlers=HANDLERS,
    jobs=JOBS,
    invariants=INVARIANTS,
)


def bind_ports() -> None:
    """Bind what this package answers to the ports of the packages below: what ties a supplier to carts, orders and payments, and what stands on a product."""
    SUPPLIER_TIES.bind(CartTies(), OrderTies(), PaymentTies())
    PRODUCT_COUNTS.bind(OfferCounts(), OrderCounts())
