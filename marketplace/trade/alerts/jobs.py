"""Owns the timer of saved searches."""

from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Job
from marketplace.trade.alerts import service

JOBS = (
    Job(
        "trade.alerts.run",
        60,
        service.run,
        lazy("Look for saved searches"),
        lazy("New offers and lower prices are told to whoever keeps a search that they come into."),
    ),
)
