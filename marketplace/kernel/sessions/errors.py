"""Owns what can go wrong with sessions."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class TotpNeeded(DomainError):
    """A code is needed"""

    status = 401
    code = "totp-needed"
    message = "The password is right; send the code of the authenticator app as well."

    def __init__(self, *, ticket: str) -> None:
        """Carry the ticket that proves the first step for five minutes."""
        super().__init__(extra={"ticket": ticket})
        self.ticket = ticket


class SignInAgain(DomainError):
    """The first step is too old"""

    status = 401
    code = "sign-in-again"
    message = "The first step of signing in is more than five minutes old; start again."


class NoOrganisation(DomainError):
    """No organisation"""

    status = 403
    code = "no-organisation"
    message = "You belong to no active organisation; ask for an invitation."
