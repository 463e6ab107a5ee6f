"""Owns the measurements of the server in Prometheus' text format."""

from __future__ import annotations

from functools import cache
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

REGISTRY = CollectorRegistry()
REQUESTS = Counter("http_requests_total", "Answered requests.", ("method", "route", "status"), registry=REGISTRY)
SECONDS = Histogram(
    "http_request_seconds", "Time to the end of the answer.", ("method", "route"), registry=REGISTRY, buckets=(0.005, 0.02, 0.1, 0.5, 2.0, 10.0)
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@cache
def _children(method: str, route: str, status: int) -> tuple[Any, Any]:
    return REQUESTS.labels(method, route, str(status)), SECONDS.labels(method, route)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request under its route template; unknown methods and routes share one label each."""
    counter, histogram = _children(method if method in METHODS else "other", str(route) or "none", status)
    counter.inc()
    histogram.observe(seconds)


def text() -> bytes:
    """Give all measurements in Prometheus' text format."""
    return generate_latest(REGISTRY)
