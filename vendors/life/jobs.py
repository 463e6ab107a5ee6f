"""Owns the timer of notices."""

from __future__ import annotations

from marketplace.kernel.package import Job
from vendors.life.service import end_notices

JOBS = (
    Job(
        "vendors.end_notices", 600, end_notices, "Ends notices that have run out",
        "Terminates each supplier whose notice has run out, as soon as no order and no money holds it; it sold nothing since that day.",
    ),
)  # fmt: skip
