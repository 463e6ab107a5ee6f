"""Owns what goes in and out of companies."""

from __future__ import annotations

from uuid import UUID

import msgspec


class CompanySettings(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a company sets for itself."""

    version: int
    po_number_required: bool = False


class CompanyOut(msgspec.Struct, kw_only=True):
    """A company's settings; version 0 means that nothing was set yet."""

    organisation_id: UUID
    po_number_required: bool
    version: int
