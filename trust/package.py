"""Owns the front door of trust."""

from marketplace.kernel.contracts import OrderAccepted, OrderCancelled, OrderDelivered, OrderPlaced, OrderRefused
from marketplace.kernel.package import Handler, Invariant, Job, Package
from trust.record import pages as record_pages
from trust.record import routes as record_routes
from trust.score import handlers, pages, routes, routes_supplier, service

PACKAGE = Package(
    name="trust",
    routers=(*routes.ROUTERS, *routes_supplier.ROUTERS, *record_routes.ROUTERS),
    pages=(*pages.PAGES, *record_pages.PAGES),
    policies=(*routes.POLICIES, *routes_supplier.POLICIES, *pages.POLICIES, *record_routes.POLICIES, *record_pages.POLICIES),
    nav=record_pages.NAV,
    handlers=(
        Handler("trust.order_placed", OrderPlaced, handlers.on_order_placed),
        Handler("trust.order_accepted", OrderAccepted, handlers.on_order_accepted),
        Handler("trust.order_refused", OrderRefused, handlers.on_order_refused),
        Handler("trust.order_cancelled", OrderCancelled, handlers.on_order_cancelled),
        Handler("trust.order_delivered", OrderDelivered, handlers.on_order_delivered),
    ),
    jobs=(
        Job(
            "trust.recompute",
            5,
            service.recompute,
            "Updates suppliers' rates",
            "Works out on-time and acceptance rates anew where an order has moved.",
        ),
        Job(
            "trust.recompute_all",
            6 * 3600,
            service.recompute_all,
            "Works out all rates anew",
            "Lets orders older than 12 months leave every supplier's rates.",
        ),
    ),
    invariants=(
        Invariant(
            "T1",
            "Nobody is on time more often than counted orders arrived",
            "SELECT supplier_id FROM trust.supplier_rates WHERE on_time_k > on_time_n OR acceptance_k > acceptance_n",
        ),
        Invariant(
            "T3",
            "What became of an order is what its events come to",
            """WITH known AS (SELECT DISTINCT ON (order_id, kind) * FROM trust.events ORDER BY order_id, kind, version DESC),
            v AS (SELECT * FROM known WHERE NOT is_void),
            f AS (SELECT k.order_id, k.supplier_id, k.buyer_id, t.* FROM (SELECT DISTINCT order_id, supplier_id, buyer_id FROM known) k CROSS JOIN LATERAL (SELECT coalesce(max(at) FILTER (WHERE kind = 'placed'), max(placed_at)) AS placed_at,
              max(at) FILTER (WHERE kind = 'accepted') AS accepted_at, max(at) FILTER (WHERE kind IN ('refused', 'timed_out')) AS refused_at,
              coalesce(bool_or(kind = 'timed_out'), false) AS is_timed_out, max(at) FILTER (WHERE kind = 'cancelled') AS cancelled_at,
              max(promised_on) FILTER (WHERE kind = 'accepted') AS promised_on, max(delivered_on) FILTER (WHERE kind = 'delivered') AS delivered_on
              FROM v WHERE v.order_id = k.order_id) t)
            SELECT coalesce(f.order_id, o.order_id) FROM f FULL JOIN trust.order_outcomes o ON o.order_id = f.order_id
            WHERE (f.supplier_id, f.buyer_id, f.placed_at, f.accepted_at, f.refused_at, f.is_timed_out, f.cancelled_at, f.promised_on, f.delivered_on)
              IS DISTINCT FROM
              (o.supplier_id, o.buyer_id, o.placed_at, o.accepted_at, o.refused_at, o.is_timed_out, o.cancelled_at, o.promised_on, o.delivered_on)""",
        ),
        Invariant(
            "T4",
            "The versions of an event are numbered without a gap, and all of one order are of one supplier and one buyer",
            """SELECT order_id FROM trust.events GROUP BY order_id, kind HAVING max(version) <> count(*) + (kind = 'delivered' AND min(version) = 2)::int
            UNION ALL SELECT order_id FROM trust.events GROUP BY order_id HAVING count(DISTINCT (supplier_id, buyer_id)) > 1""",
        ),
        Invariant(
            "T5",
            "What is contested is an event of its supplier's order, and a contest that was not declined led to a correction of it",
            """SELECT c.id FROM trust.contests c WHERE NOT EXISTS (SELECT FROM trust.events e WHERE (e.order_id, e.supplier_id) = (c.order_id, c.supplier_id)
              AND (c.event_version IS NULL OR (e.kind, e.version) = (c.kind, c.event_version)))
            UNION ALL SELECT c.id FROM trust.contests c JOIN trust.contest_decisions d ON d.contest_id = c.id WHERE d.outcome <> 'declined'
              AND NOT EXISTS (SELECT FROM trust.events e WHERE (e.order_id, e.kind) = (c.order_id, c.kind) AND e.version > coalesce(c.event_version, 1))""",
        ),
        Invariant(
            "T2",
            "What arrived was accepted first",
            "SELECT order_id FROM trust.order_outcomes WHERE delivered_at IS NOT NULL AND accepted_at IS NULL",
            lag_seconds=60,
        ),
    ),
)
