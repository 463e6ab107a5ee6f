"""Owns the table of the worker's timers."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, Integer, Text, Timestamptz
from piccolo.table import Table


class JobRun(Table, tablename="job_runs", schema="kernel"):
    """One timer: its last run and, while it runs, the lease of the worker that runs it. Leases use the database's clock."""

    name = Text(primary_key=True, default=None)
    every_seconds = Integer(default=60, null=False)
    last_started = Timestamptz(default=None, null=True)
    last_finished = Timestamptz(default=None, null=True)
    last_succeeded = Timestamptz(default=None, null=True)
    last_count = BigInt(default=0, null=False)
    last_error = Text(default="", null=False)
    lease_token = UUID(default=None, null=True)
    leased_until = Timestamptz(default=None, null=True)
