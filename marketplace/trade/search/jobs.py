"""Owns the timer of search: what it knows of all documents together."""

from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Job
from marketplace.trade.search import service

JOBS = (
    Job(
        "trade.search.refresh",
        600,
        service.refresh,
        lazy("Count the words of search"),
        lazy("Rare words count more than common ones, and mistyped ones are read as the nearest word there is."),
    ),
)
