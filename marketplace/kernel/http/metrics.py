"""Owns the measurements in Prometheus' text format: the requests of this process, and what the sources know of the installation."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from marketplace.kernel.ports import Port

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

REGISTRY = CollectorRegistry()
REQUESTS = Counter("http_requests_total", "Answered requests.", ("method", "route", "status"), registry=REGISTRY)
SECONDS = Histogram(
    "http_request_seconds", "Time to the end of the answer.", ("method", "route"), registry=REGISTRY, buckets=(0.005, 0.02, 0.1, 0.5, 2.0, 10.0)
)


class Measure(msgspec.Struct, frozen=True):
    """One figure at this moment. `labels` are (name, value) pairs; figures of one name have the same label names."""

    name: str
    title: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


# What higher rooms measure when somebody asks; this package must not know them.
SOURCES: Port[Callable[[datetime], Awaitable[list[Measure]]]] = Port("kernel.http.measures", meanwhile="/metrics tells of this process alone")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@cache
def _children(method: str, route: str, status: int) -> tuple[Any, Any]:
    return REQUESTS.labels(method, route, str(status)), SECONDS.labels(method, route)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request under its route template; unknown methods and routes share one label each."""
    counter, histogram = _children(method if method in METHODS else "other", str(route) or "none", status)
    counter.inc()
    histogram.observe(seconds)


async def text(now: datetime) -> bytes:
    """Give all measurements in Prometheus' text format: what this process counted, and what the sources know at this moment."""
    present = CollectorRegistry()
    gauges: dict[str, Gauge] = {}
    for source in SOURCES.implementations:
        for measure in await source(now):
            names = tuple(name for name, _ in measure.labels)
            if measure.name not in gauges:
                gauges[measure.name] = Gauge(measure.name, measure.title, names, registry=present)
            gauge = gauges[measure.name]
            (gauge.labels(*(value for _, value in measure.labels)) if names else gauge).set(measure.value)
    return generate_latest(REGISTRY) + generate_latest(present)
