"""Owns what can go wrong with freight tables."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError, InvalidInput


class BadFreightTable(InvalidInput):
    """The freight table cannot be used"""

    status = 422
    code = "bad-freight-table"
    message = "The freight table cannot be used as it is; each point is listed."


class FreightTablesOverlap(DomainError):
    """Another freight table holds on these days"""

    status = 409
    code = "freight-tables-overlap"
    message = "“{name}” holds in {currency} from {valid_from} to {valid_to}. Let this one begin after that, end that one first, or change that one into a new version."


class FreightTableWithoutEnd(FreightTablesOverlap):
    """Another freight table holds on these days"""

    message = "“{name}” holds in {currency} from {valid_from} on, without end. End that one first, or change it into a new version."


class FreightTableOver(DomainError):
    """This version of the freight table is over"""

    status = 409
    code = "freight-table-over"
    message = "This version is over or another one has taken its place; change the one that counts now."


class BadFreightFile(InvalidInput):
    """The file is not a freight table"""

    status = 422
    code = "bad-freight-file"
    message = "The file cannot be read as a freight table; nothing was taken from it. Each point is listed with its line."
