"""Owns what can go wrong with organisations and their members."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class LastOwner(DomainError):
    """The last owner cannot leave"""

    status = 409
    code = "last-owner"
    message = "{name} is the last owner of {organisation}; make somebody else an owner first."


class FirstInCharge(DomainError):
    """The first person runs the organisation"""

    status = 422
    code = "first-in-charge"
    message = "Nobody runs {organisation} yet; its first person takes the role {role}."


class AlreadyMember(DomainError):
    """Already a member"""

    status = 409
    code = "already-member"
    message = "This person belongs to the organisation already; change the roles on the members page."


class OrganisationClosed(DomainError):
    """The organisation is closed"""

    status = 409
    code = "organisation-closed"
    message = "{organisation} is {state}; nobody can be added until the operator opens it again."
