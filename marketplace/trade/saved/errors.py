"""Owns what can go wrong with saved comparisons."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class TooManyComparisons(DomainError):
    """Too many saved comparisons"""

    status = 409
    code = "too-many-comparisons"
    message = "Your organisation keeps {limit} comparisons, which is the most; archive one first."


class TooManySnapshots(DomainError):
    """Too many states of one comparison"""

    status = 409
    code = "too-many-snapshots"
    message = "This comparison has been kept {limit} times, which is the most; save a new one."


class ComparisonArchived(DomainError):
    """The comparison is archived"""

    status = 409
    code = "comparison-archived"
    message = "This comparison is archived; take it out of the archive before you keep a new state of it."


class ProductGone(DomainError):
    """The product can no longer be compared"""

    status = 409
    code = "product-gone"
    message = "This product is no longer in the catalogue, so there is nothing to compare now; what was saved stays."
