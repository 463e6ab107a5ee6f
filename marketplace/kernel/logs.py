"""Owns how processes write their log: one JSON object a line on stderr, errors with their traceback and never with the values of locals."""

from __future__ import annotations

import sys

import structlog

from marketplace.kernel import tracing


def configure() -> None:
    """Set the log of this process. Values of locals stay out: they hold passwords, tokens and people's data."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            tracing.name_in_log,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
