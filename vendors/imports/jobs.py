"""Owns the timers of the feed: files that wait are worked on, old ones are thrown away."""

from __future__ import annotations

from datetime import datetime, timedelta

from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Job
from vendors.imports import service

KEPT_DAYS = 30


async def purge(now: datetime) -> int:
    """Throw away what files older than thirty days have left."""
    return await service.purge(now - timedelta(days=KEPT_DAYS), now=now)


JOBS = (
    Job(
        "vendors.imports",
        2,
        service.work_due,
        lazy("Read and apply files of offers"),
        lazy("A supplier who sent a file sees within seconds what it would change."),
    ),
    Job("vendors.imports_purge", 3600, purge, lazy("Throw old files of offers away"), lazy("Files and their rows are kept for thirty days.")),
)
