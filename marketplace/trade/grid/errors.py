"""Owns what can go wrong in the price grid."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class RowsChanged(DomainError):
    """Rows were changed by somebody else"""

    status = 412
    code = "rows-changed"
    message = "Somebody else changed {rows} of these offers meanwhile; each is named with both values. Nothing was saved."


class LargeChanges(DomainError):
    """Large changes of price"""

    status = 409
    code = "large-changes"
    message = "{prices} prices change by more than 50 %. Confirm that this is meant; nothing was saved."


class NothingToUndo(DomainError):
    """Nothing to undo"""

    status = 409
    code = "nothing-to-undo"
    message = "There is no save of yours from the last {minutes} minutes that could be undone."


class TooManyToRank(DomainError):
    """Too many offers to sort by place"""

    status = 422
    code = "too-many-to-rank"
    message = "More than {most} offers fit, too many to sort by place. Narrow the list by category, site or words first."
