"""Owns what can go wrong with merges."""

from marketplace.kernel.errors import DomainError


class SameProduct(DomainError):
    """A product is not merged with itself"""

    status = 422
    code = "same-product"
    message = "Choose two products; this is one."


class AlreadyMerged(DomainError):
    """This product is merged already"""

    status = 409
    code = "already-merged"
    message = "{title} was merged into another product meanwhile; look at the pair again."


class NotMergeable(DomainError):
    """This product cannot be merged"""

    status = 409
    code = "not-mergeable"
    message = "{title} is retired, so nothing can be merged with it."


class LeadsNowhere(DomainError):
    """A published product cannot lead to a draft"""

    status = 409
    code = "leads-nowhere"
    message = "{kept} is a draft that no buyer sees, so {gone} cannot lead there. Keep {gone}, or publish the draft first."


class UnitsDiffer(DomainError):
    """Sold in different units"""

    status = 409
    code = "units-differ"
    message = "One is sold by {kept} and the other by {gone}; prices and stock of one would be wrong on the other. Change the unit first."


class MergeUndone(DomainError):
    """This merge is undone already"""

    status = 409
    code = "merge-undone"
    message = "Somebody has undone this merge already."


class MergedFurther(DomainError):
    """The kept product was merged further"""

    status = 409
    code = "merged-further"
    message = "{title} was itself merged into another product since. Undo that merge first."
