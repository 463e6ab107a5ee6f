"""Owns what can go wrong with proposals."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class ProposalClosed(DomainError):
    """This proposal is closed"""

    status = 409
    code = "proposal-closed"
    message = "The proposal was decided, answered or withdrawn meanwhile; look at it again."


class NotSentBack(DomainError):
    """This proposal does not wait for an answer"""

    status = 409
    code = "not-sent-back"
    message = "Only a proposal that was sent back is answered, and only once."


class ProductExists(DomainError):
    """The catalogue has this product already"""

    status = 409
    code = "product-exists"
    message = "The catalogue has this product already: {title}. Offer that one instead of proposing another."


class TooManyProposals(DomainError):
    """Too many proposals wait"""

    status = 409
    code = "too-many-proposals"
    message = "At most {limit} of your proposals wait at once; the operator has to decide some first."
