"""Owns what can go wrong with visibility."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class NoSuchBuyer(DomainError):
    """No such buying company"""

    status = 422
    code = "no-such-buyer"
    message = "There is no other company with this id that buys here."


class GrantedAlready(DomainError):
    """On the list already"""

    status = 409
    code = "granted-already"
    message = "{name} is on your list already."


class ListFull(DomainError):
    """The list is full"""

    status = 409
    code = "list-full"
    message = "A list holds at most {limit} companies."


class NoSuchCategory(DomainError):
    """No such category"""

    status = 422
    code = "no-such-category"
    message = "There is no category with this id."
