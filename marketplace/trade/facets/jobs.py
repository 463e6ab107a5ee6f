"""Owns the timers of facets: what begins or ends by itself, and what is not known yet."""

from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Job
from marketplace.trade.facets import service

JOBS = (
    Job(
        "trade.facets.follow",
        60,
        service.follow,
        lazy("Follow prices that begin and end"),
        lazy("Lists are narrowed down by the prices of this moment, so a price that begins by itself is read again."),
    ),
    Job(
        "trade.facets.suggestions",
        3600,
        service.learn_suggestions,
        lazy("Learn what beginnings mean"),
        lazy("The search box suggests brands, types and categories as they are now."),
    ),
    Job(
        "trade.facets.fill",
        600,
        service.fill,
        lazy("Read new products into facets"),
        lazy("Products that came before facets were kept are read, so that every list can be narrowed down."),
    ),
)
