"""Owns what can go wrong with what buyers ask for."""

from marketplace.kernel.errors import DomainError


class AskedAlready(DomainError):
    """Your organisation has asked for this already"""

    status = 409
    code = "asked-already"
    message = "Your organisation has asked for “{text}” already, with other details; take that back first, or wait for the answer."


class TooManyAsked(DomainError):
    """Too much is asked for at once"""

    status = 409
    code = "too-many-asked"
    message = "Your organisation waits for {limit} answers, which is the most; take one back first."


class AnswerGiven(DomainError):
    """This was answered or taken back meanwhile"""

    status = 409
    code = "answer-given"
    message = "This was answered or taken back meanwhile."
