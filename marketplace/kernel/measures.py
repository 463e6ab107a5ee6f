"""Owns what an installation measures of its works: facts on their way, timers, connections of this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from marketplace.kernel import database
from marketplace.kernel.http.metrics import Measure
from marketplace.kernel.jobs import service as jobs
from marketplace.kernel.outbox import service as outbox

if TYPE_CHECKING:
    from datetime import datetime


async def of_works(now: datetime) -> list[Measure]:
    """Read the backlog of facts and the state of every timer; without the database only `database_up 0` is left to tell."""
    try:
        backlog, timers = await outbox.backlog(now), await jobs.states(now)
    except (*database.CONNECTION_ERRORS, asyncpg.PostgresError):
        return [Measure("database_up", "Whether the database answered.", 0)]
    pool = database.pool()
    return [
        Measure("database_up", "Whether the database answered.", 1),
        Measure("database_connections", "Connections of this process.", pool.get_size()),
        Measure("database_connections_idle", "Connections of this process that wait for work.", pool.get_idle_size()),
        Measure("facts_waiting", "Facts not yet handled.", backlog.waiting),
        Measure("facts_oldest_seconds", "How long the oldest fact that is due has waited.", backlog.oldest_seconds),
        Measure("deliveries_failing", "Deliveries that failed and wait for their next attempt.", backlog.failed),
        Measure("deliveries_given_up", "Deliveries that were given up; the operator lets them try again.", backlog.dead),
        *(Measure("timer_lag_seconds", "How late a timer is.", timer.lag_seconds, (("timer", timer.name),)) for timer in timers),
        *(Measure("timer_failed", "Whether a timer's last run failed.", bool(timer.last_error), (("timer", timer.name),)) for timer in timers),
    ]
