"""Owns what the pages of members and organisations read from their forms."""

from __future__ import annotations

import msgspec


class InvitationForm(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Whom to invite, as the form sends it."""

    email: str
    roles: tuple[str, ...] = ()


class RolesForm(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The roles of a member, as the form sends them."""

    version: int
    roles: tuple[str, ...] = ()


class OrganisationForm(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An organisation to be, as the form sends it: what is left out is told beside its field."""

    legal_name: str = ""
    country: str = ""
    currency: str = ""
    display_name: str = ""
    registration_number: str = ""
    time_zone: str = ""
    locale: str = "en"
    capacities: tuple[str, ...] = ()


class StateForm(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new state and its reason, as the form sends them."""

    state: str
    version: int
    reason: str = ""
