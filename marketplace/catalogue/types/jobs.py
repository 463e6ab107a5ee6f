"""Owns the timer of product types."""

from marketplace.catalogue.types import service
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Job

JOBS = (
    Job(
        "catalogue.types",
        86400,
        service.learn_nightly,
        lazy("Learn what kinds of things are sold"),
        lazy("Search tells a notebook from a bag for notebooks, and new products find their category."),
    ),
)
