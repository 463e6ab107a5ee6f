"""Owns the measurements in Prometheus' text format: the requests of this process, and what the sources know of the installation."""

from __future__ import annotations

import time
from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from marketplace.kernel.ports import Port

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from datetime import datetime

    from prometheus_client.core import Metric

# Upper ends of the buckets that requests fall into by their time, in seconds; the last bucket takes what is slower.
BOUNDS = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0)


class Measure(msgspec.Struct, frozen=True):
    """One figure at this moment. `labels` are (name, value) pairs; figures of one name have the same label names."""

    name: str
    title: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


# What higher rooms measure when somebody asks; this package must not know them.
SOURCES: Port[Callable[[datetime], Awaitable[list[Measure]]]] = Port("kernel.http.measures", meanwhile="/metrics tells of this process alone")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _Times:
    """How many requests of one method and route fell into each bucket, and their seconds together."""

    __slots__ = ("began_at", "counts", "seconds")

    def __init__(self, began_at: float) -> None:
        self.began_at = began_at
        self.counts = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0


class _Answered(Collector):
    """The answered requests of this process.

    The client library's own counters take a lock for each figure, six microseconds a request; only the event loop counts here, which needs none.
    """

    def __init__(self) -> None:
        self.times: dict[tuple[str, str], _Times] = {}
        # How many, and since when, in one list for each method, route and status.
        self.statuses: dict[tuple[str, str, int], list[float]] = {}

    def collect(self) -> Iterator[Metric]:
        """Tell the figures in the library's words."""
        counter = CounterMetricFamily("http_requests_total", "Answered requests.", labels=("method", "route", "status"))
        for (method, route, status), (count, began_at) in self.statuses.items():
            counter.add_metric((method, route, str(status)), count, created=began_at)
        yield counter
        histogram = HistogramMetricFamily("http_request_seconds", "Time to the end of the answer.", labels=("method", "route"))
        for (method, route), times in self.times.items():
            reached = zip((*map(str, BOUNDS), "+Inf"), accumulate(times.counts), strict=True)
            histogram.add_metric((method, route), list(reached), times.seconds)
            histogram.add_sample("http_request_seconds_created", {"method": method, "route": route}, times.began_at)
        yield histogram


REGISTRY = CollectorRegistry()
_answered = _Answered()
REGISTRY.register(_answered)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request under its route template; unknown methods and routes share one label each."""
    if method not in METHODS:
        method = "other"
    route = route or "none"
    counted = _answered.statuses.get((method, route, status))
    if counted is None:
        counted = _answered.statuses[method, route, status] = [0.0, time.time()]
        _answered.times.setdefault((method, route), _Times(counted[1]))
    counted[0] += 1
    times = _answered.times[method, route]
    times.counts[bisect_left(BOUNDS, seconds)] += 1
    times.seconds += seconds


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
