"""Owns the timer of demand: what is long past is forgotten."""

from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Job
from marketplace.trade.demand import service

JOBS = (
    Job(
        "trade.demand.forget",
        86400,
        service.forget,
        lazy("Forget old searches"),
        lazy("What was looked for in vain is kept for 400 days, to be told beside the year before."),
    ),
)
