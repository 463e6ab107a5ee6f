"""Owns what can go wrong with people."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class EmailTaken(DomainError):
    """The e-mail address is in use"""

    status = 409
    code = "email-taken"
    message = "Somebody with this e-mail address has an account already; invite them into the organisation instead."


class WrongPassword(DomainError):
    """The password is not right"""

    status = 422
    code = "wrong-password"
    message = "The present password is not right; nothing was changed."


class WrongCode(DomainError):
    """The code is not right"""

    status = 422
    code = "wrong-code"
    message = "The code is not right, or was used already; wait for the next one and type it again."
