"""Owns what can go wrong with invitations."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class InvitationGone(DomainError):
    """The invitation has ended"""

    status = 410
    code = "invitation-gone"
    message = "This invitation was used, withdrawn or is older than seven days; ask for a new one."


class SecondFactorNeeded(DomainError):
    """A second factor is needed"""

    status = 422
    code = "second-factor-needed"
    message = "Operators sign in with a code as well; add the secret to an authenticator app and type its code."
