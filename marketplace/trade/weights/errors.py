"""Owns what can go wrong with weights."""

from marketplace.kernel.errors import DomainError


class WeightsMoved(DomainError):
    """The weights have changed meanwhile"""

    status = 409
    code = "weights-moved"
    message = "Version {latest} was published meanwhile; look at its weights and at the preview again before you publish."


class TooSoon(DomainError):
    """The moment lies too early"""

    status = 422
    code = "too-soon"
    message = "Weights come into force one minute from now at the earliest, from {earliest} on."


class TooLate(DomainError):
    """The moment lies too far ahead"""

    status = 422
    code = "too-late"
    message = "Weights are published at most {days} days ahead."


class WeightsUnchanged(DomainError):
    """The weights are the same"""

    status = 422
    code = "weights-unchanged"
    message = "These are the weights of version {version} already; change one of them to publish a new version."
