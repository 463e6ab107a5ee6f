"""Owns what can go wrong with addresses."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class TooManyAddresses(DomainError):
    """Too many addresses"""

    status = 409
    code = "too-many-addresses"
    message = "An address book holds at most {limit} addresses; archive one first."


class AddressArchived(DomainError):
    """The address is archived"""

    status = 409
    code = "address-archived"
    message = "This address is archived; it stays as it is."
