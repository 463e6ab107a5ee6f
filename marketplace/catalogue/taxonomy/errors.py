"""Owns what can go wrong with the category tree."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError, InvalidInput


class CategoryBelowItself(DomainError):
    """A category cannot stand below itself"""

    status = 409
    code = "category-below-itself"
    message = "{name} cannot stand under {parent}, which is itself or stands below it."


class TreeTooDeep(DomainError):
    """The tree would be too deep"""

    status = 409
    code = "tree-too-deep"
    message = "The tree has at most {limit} levels; this would make {levels}."


class SlugTaken(InvalidInput):
    """Another category has this address already"""

    status = 409
    code = "slug-taken"
    message = "Another category has the address “{slug}” already; choose another."


class BadCategory(InvalidInput):
    """The category cannot be used"""

    code = "bad-category"
    message = "The category cannot be used as it is; each point is listed."
