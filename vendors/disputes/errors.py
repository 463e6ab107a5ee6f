"""Owns what can go wrong with disputes."""

from marketplace.kernel.errors import DomainError


class DisputeOpen(DomainError):
    """This offer is in dispute already"""

    status = 409
    code = "dispute-open"
    message = "You have said already that this offer stands on the wrong product; the operator will answer."


class DisputeClosed(DomainError):
    """This dispute is closed"""

    status = 409
    code = "dispute-closed"
    message = "This dispute was answered or withdrawn meanwhile."
