"""Owns what can go wrong with sites."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class UnknownTimeZone(DomainError):
    """Unknown time zone"""

    status = 422
    code = "unknown-time-zone"
    message = "{time_zone} is no time zone of the IANA database, such as Asia/Ho_Chi_Minh."
