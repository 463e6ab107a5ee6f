"""Owns the shapes of certificates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from marketplace.kernel.versions import Version

Word = Annotated[str, msgspec.Meta(max_length=80)]
Note = Annotated[str, msgspec.Meta(max_length=400)]
# What suppliers hold most often; any other name may be typed.
USUAL_KINDS = ("ISO 9001", "ISO 14001", "ISO 45001", "IATF 16949", "EN 10204 3.1", "CE", "REACH", "RoHS", "GMP", "HACCP", "Halal")


class CertificateIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A certificate as stated: what it certifies, its number, who issued it and when, and its first day of not holding any more."""

    kind: Word
    number: Word
    issuer: Annotated[str, msgspec.Meta(max_length=120)]
    issued_on: date
    expires_on: date | None = None
    note: Note = ""


class CertificateForm(msgspec.Struct, kw_only=True):
    """The same as typed; what is left out is told beside its field."""

    kind: Word = ""
    number: Word = ""
    issuer: Annotated[str, msgspec.Meta(max_length=120)] = ""
    issued_on: date | None = None
    expires_on: date | None = None
    note: Note = ""


class WaitingOut(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that the operator has not seen yet, with the name of its supplier; the oldest stands first."""

    id: UUID
    supplier_id: UUID
    supplier: str
    kind: str
    number: str
    issuer: str
    issued_on: date
    expires_on: date | None
    stated_at: datetime
    version: int


class VersionIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The version that was looked at."""

    version: Version


class CertificateOut(msgspec.Struct, kw_only=True):
    """A certificate. `is_current` is false from `expires_on` on; `expires_in_days` counts down from 30 days before, else it is null.

    `state` is "stated" by the supplier, or "confirmed" by the operator at `confirmed_at`.
    """

    id: UUID
    supplier_id: UUID
    kind: str
    number: str
    issuer: str
    issued_on: date
    expires_on: date | None
    note: str
    state: str
    stated_at: datetime
    confirmed_at: datetime | None
    is_current: bool
    expires_in_days: int | None
    version: int
