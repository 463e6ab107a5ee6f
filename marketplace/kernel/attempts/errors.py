"""Owns what can go wrong with attempts."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class TooManyAttempts(DomainError):
    """Too many attempts"""

    status = 429
    code = "too-many-attempts"
    message = "Too many attempts; wait {minutes} minutes and try again."

    def __init__(self, *, wait_seconds: int) -> None:
        """Say how long to wait, in the header too."""
        super().__init__(minutes=max(1, -(-wait_seconds // 60)))
        self.retry_after_seconds = wait_seconds  # type: ignore[misc]


class WrongCredentials(DomainError):
    """E-mail, password or code is not right"""

    status = 401
    code = "wrong-credentials"
    message = "E-mail address, password or code is not right."
