"""Owns the front door of trust."""

from marketplace.kernel.contracts import OrderAccepted, OrderCancelled, OrderDelivered, OrderPlaced, OrderRefused
from marketplace.kernel.package import Handler, Invariant, Job, Package
from trust.score import handlers, pages, routes, service

PACKAGE = Package(
    name="trust",
    routers=routes.ROUTERS,
    pages=pages.PAGES,
    policies=(*routes.POLICIES, *pages.POLICIES),
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
            "T2",
            "What arrived was accepted first",
            "SELECT order_id FROM trust.order_outcomes WHERE delivered_at IS NOT NULL AND accepted_at IS NULL",
            lag_seconds=60,
        ),
    ),
)
