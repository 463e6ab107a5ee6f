"""Owns the invariants of the services around a trade: each query answers no row at any moment."""

from __future__ import annotations

from marketplace.kernel.package import Invariant

INVARIANTS = (
    Invariant(
        "FT1",
        "Of each supplier and currency one freight table at most counts on a day",
        """SELECT a.id FROM services.freight_tables a JOIN services.freight_tables b ON b.supplier_id = a.supplier_id AND b.currency = a.currency AND b.id > a.id
           WHERE a.withdrawn_at IS NULL AND b.withdrawn_at IS NULL
             AND daterange(a.valid_from, a.valid_to, '[]') && daterange(b.valid_from, b.valid_to, '[]')""",
    ),
    Invariant(
        "FT2",
        "A freight table that another one has replaced ended before that one began",
        """SELECT o.id FROM services.freight_tables o JOIN services.freight_tables n ON n.replaces_id = o.id
           WHERE n.supplier_id <> o.supplier_id OR (o.withdrawn_at IS NULL AND (o.valid_to IS NULL OR o.valid_to >= n.valid_from))""",
    ),
    Invariant(
        "FT3",
        "In every zone the bounds ascend to somewhere, or its freight is on request and has no steps",
        """SELECT z.id FROM services.freight_zones z WHERE z.step IS NOT NULL AND NOT EXISTS (SELECT FROM services.freight_rates r WHERE r.zone_id = z.id)""",
    ),
    Invariant(
        "DT1",
        "For the same goods on the same way one rate of duty at most holds on a day",
        """SELECT a.id FROM services.duty_rates a JOIN services.duty_rates b ON b.destination = a.destination AND b.origin = a.origin AND b.id > a.id
             AND b.hs_prefix IS NOT DISTINCT FROM a.hs_prefix AND b.category_id IS NOT DISTINCT FROM a.category_id
           WHERE daterange(a.valid_from, a.valid_to, '[]') && daterange(b.valid_from, b.valid_to, '[]')""",
    ),
)
