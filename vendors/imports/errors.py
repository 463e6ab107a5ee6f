"""Owns what can go wrong with a file of offers as a whole; what is wrong with a row goes into the report instead."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class FixedUnusable(DomainError):
    """What is the same for every row cannot be used"""

    status = 422
    code = "fixed-unusable"
    message = "{value} cannot be used as {column} of every row."


class ImportRunning(DomainError):
    """Another import is being applied"""

    status = 409
    code = "offers-import-running"
    message = "Another of your files is being applied just now; wait until it has finished."


class TooManyMissing(DomainError):
    """The file lacks too many offers"""

    status = 409
    code = "too-many-missing"
    message = "The file would pause {missing} of your {active} offers on sale, more than {percent} %. Check that it is whole; say so to go on."


class PausingStopped(DomainError):
    """Too many offers would have been paused by then"""

    status = 422
    code = "pausing-stopped"
    message = "The rows are applied, but nothing was paused: by then {missing} of your {active} offers on sale were missing, more than {percent} %. Send the file again."


class ColumnsNotAllowed(DomainError):
    """Your role does not change these columns"""

    status = 403
    code = "columns-not-allowed"
    message = "Your role does not include changing {names}. Take that out, or let a colleague who has the role send the file."


class NotYourFile(DomainError):
    """Somebody else sent this file"""

    status = 403
    code = "not-your-file"
    message = "Somebody else sent this file: who sent it gives it up, or an owner or who keeps the catalogue."
