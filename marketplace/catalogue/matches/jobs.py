"""Owns the timer of matches."""

from marketplace.catalogue.matches import service
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Job

JOBS = (
    Job(
        "catalogue.matches",
        86400,
        service.look_nightly,
        lazy("Look for products that are the same"),
        lazy("One thing stands in the catalogue once, with every supplier's offer on it."),
    ),
)
