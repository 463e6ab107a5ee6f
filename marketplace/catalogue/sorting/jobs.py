"""Owns the timer that walks on with a run of sorting."""

from marketplace.catalogue.sorting import service
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Job

JOBS = (
    Job(
        "catalogue.sorting",
        2,
        service.finish_run,
        lazy("Sort all products by the rules"),
        lazy("After rules or types have changed, every product goes where they now say, but for those that an operator placed."),
    ),
)
