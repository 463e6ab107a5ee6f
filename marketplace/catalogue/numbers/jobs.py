"""Owns the timer of flagged numbers."""

from marketplace.catalogue.numbers import service
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Job

JOBS = (
    Job(
        "catalogue.numbers",
        86400,
        service.find,
        lazy("Find numbers that cannot be meant"),
        lazy("A weight in grams among kilograms is marked, and no filter counts it."),
    ),
)
