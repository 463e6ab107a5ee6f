"""Owns what can go wrong with pairs."""

from marketplace.kernel.errors import DomainError


class PairDecided(DomainError):
    """This pair is decided already"""

    status = 409
    code = "pair-decided"
    message = "Somebody has decided on this pair already; look at it again."
