"""Owns what can go wrong with corrections."""

from marketplace.kernel.errors import DomainError


class SortingMoved(DomainError):
    """Somebody else placed these products meanwhile"""

    status = 409
    code = "sorting-moved"
    message = "All of the products you chose were moved since you looked at them; see where they stand now and decide again."


class NothingToUndo(DomainError):
    """There is no step to take back"""

    status = 409
    code = "no-step-to-undo"
    message = "You have no step here that is not taken back already."
