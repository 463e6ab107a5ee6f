"""Owns what can go wrong with rules of words."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError, InvalidInput


class BadWords(InvalidInput):
    """The rule of words cannot be used"""

    status = 422
    code = "bad-words"
    message = "The rule cannot be used as it is; each point is listed."


class BadWordsFile(InvalidInput):
    """The file does not hold rules of words"""

    status = 422
    code = "bad-words-file"
    message = "The file cannot be read as words of search; nothing was taken from it. Each point is listed with its line."


class WordsStand(DomainError):
    """This rule of words is there already"""

    status = 409
    code = "words-stand"
    message = "There is a rule for this already; find it in the list and switch it on or off."
