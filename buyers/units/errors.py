"""Owns what can go wrong with units."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class UnitNameTaken(DomainError):
    """The name is in use"""

    status = 409
    code = "unit-name-taken"
    message = "There is a unit called {name} in the same place already."


class UnitTreeBroken(DomainError):
    """The unit cannot stand there"""

    status = 422
    code = "unit-tree-broken"
    message = "A unit cannot stand under itself, nor deeper than {limit} levels."


class TooManyUnits(DomainError):
    """Too many units"""

    status = 409
    code = "too-many-units"
    message = "A company has at most {limit} units."
