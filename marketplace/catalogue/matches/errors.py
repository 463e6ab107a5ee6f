"""Owns what can go wrong with pairs."""

from marketplace.kernel.errors import DomainError


class PairMerged(DomainError):
    """This pair is merged"""

    status = 409
    code = "pair-merged"
    message = "These two are one product now; undo the merge, and the pair is open again."


class PairDecided(DomainError):
    """This pair is decided already"""

    status = 409
    code = "pair-decided"
    message = "Somebody has decided on this pair already; look at it again."
