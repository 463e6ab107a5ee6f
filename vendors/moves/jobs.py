"""Owns the timer of offers that follow their products."""

from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Job
from vendors.moves import service

JOBS = (
    Job(
        "vendors.moves",
        60,
        service.settle_all,
        lazy("Let offers follow merged products"),
        lazy("An offer that was made on a product while it was merged stands on the one that is kept."),
    ),
)
