"""Owns the timer of stock."""

from __future__ import annotations

from marketplace.kernel.package import Job
from vendors.stock.service import expire_reservations

JOBS = (
    Job(
        "vendors.expire_reservations", 60, expire_reservations, "Frees reserved stock",
        "Gives back what was kept for orders that were not accepted in time, so that it sells again.",
    ),
)  # fmt: skip
