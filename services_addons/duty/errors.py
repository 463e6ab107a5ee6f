"""Owns what can go wrong with rates of duty."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError, InvalidInput


class DutyRatesOverlap(DomainError):
    """Another rate holds for the same goods on these days"""

    status = 409
    code = "duty-rates-overlap"
    message = "For {goods} into {destination} another rate holds from {valid_from} on; end that one first, or let this one begin after it."


class BadDutyRate(InvalidInput):
    """The rate cannot be used"""

    status = 422
    code = "bad-duty-rate"
    message = "The rate of duty cannot be used as it is; each point is listed."


class BadDutyFile(InvalidInput):
    """The file does not hold rates of duty"""

    status = 422
    code = "bad-duty-file"
    message = "The file cannot be read as rates of duty; nothing was taken from it. Each point is listed with its line."
