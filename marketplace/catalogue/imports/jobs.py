"""Owns the timers of product files: those that wait are worked on, old ones are thrown away."""

from __future__ import annotations

from datetime import datetime, timedelta

from marketplace.catalogue.imports import service
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Job

KEPT_DAYS = 30


async def purge(now: datetime) -> int:
    """Throw away the files of thirty days ago."""
    return await service.purge(now - timedelta(days=KEPT_DAYS), now=now)


JOBS = (
    Job(
        "catalogue.imports",
        2,
        service.work_due,
        lazy("Read and apply files of products"),
        lazy("Who sent a file of products sees within seconds what it would change."),
    ),
    Job("catalogue.imports_purge", 3600, purge, lazy("Throw old files of products away"), lazy("Files of products are kept for thirty days.")),
)
