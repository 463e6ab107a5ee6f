"""Owns what can go wrong with a search; what takes too long is the kernel's QueryTooBroad."""

from marketplace.kernel.errors import DomainError


class BadQuery(DomainError):
    """Not a search"""

    status = 422
    code = "bad-query"
    message = "Search for at most {limit} characters of text."
