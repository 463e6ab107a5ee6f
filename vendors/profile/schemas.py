"""Owns the shapes of a supplier's profile, as it keeps it and as the operator does."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from marketplace.kernel.versions import Version
from vendors.accounts.schemas import CheckKind, CheckOut, Incoterm, ShipFromOut

Hours = Annotated[int, msgspec.Meta(ge=1, le=720)]
Counts = Literal["hours", "working_hours"]
About = Annotated[str, msgspec.Meta(max_length=2000)]
Line = Annotated[str, msgspec.Meta(max_length=200)]
Reason = Annotated[str, msgspec.Meta(max_length=500)]
# The keys of the stored profile that are the supplier's own words, in the order in which they are shown.
KEPT = ("about", "about_vi", "about_ar", "website", "contact_name", "contact_email", "contact_phone")


class ProfileIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a supplier keeps of itself. `about` is the text for every language that has none of its own.

    `acceptance_counts` "working_hours" lets the hours to answer run only while the site works, in its opening hours where it states them; orders that were placed keep
    the deadline that they have.
    """

    version: Version
    about: About = ""
    about_vi: About = ""
    about_ar: About = ""
    website: Line = ""
    contact_name: Line = ""
    contact_email: Line = ""
    contact_phone: Annotated[str, msgspec.Meta(max_length=40)] = ""
    default_incoterm: Incoterm = "EXW"
    auto_accepts: bool = False
    acceptance_hours: Hours = 48
    acceptance_counts: Counts = "hours"


class LegalIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The legal facts of a supplier, which only the operator changes, with the reason. `version` is the organisation's."""

    version: Version
    legal_name: Annotated[str, msgspec.Meta(max_length=200)]
    registration_number: Annotated[str, msgspec.Meta(max_length=40)] = ""
    country: Annotated[str, msgspec.Meta(max_length=2)]
    reason: Reason


class LegalForm(msgspec.Struct, kw_only=True):
    """The same as typed; what is left out is told beside its field."""

    legal_version: int = 0
    legal_name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    registration_number: Annotated[str, msgspec.Meta(max_length=40)] = ""
    country: Annotated[str, msgspec.Meta(max_length=2)] = ""
    reason: Reason = ""


class TermsIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How a supplier answers orders, as the operator sets it, with the reason."""

    version: Version
    acceptance_hours: Hours
    acceptance_counts: Counts = "hours"
    auto_accepts: bool = False
    terms_reason: Reason = ""


class CheckForm(msgspec.Struct, kw_only=True):
    """One more check as typed."""

    kind: CheckKind
    passed_on: date | None = None
    expires_on: date | None = None
    reference: Annotated[str, msgspec.Meta(max_length=80)] = ""


class OwnProfileOut(msgspec.Struct, kw_only=True):
    """A supplier's profile with what stands in it: `profile` holds its own words by key, the legal facts and checks are the operator's to set."""

    id: UUID
    slug: str
    legal_name: str
    display_name: str
    registration_number: str
    country: str
    state: str
    profile: dict[str, str]
    default_incoterm: str
    auto_accepts: bool
    acceptance_hours: int
    acceptance_counts: str
    version: int
    legal_version: int
    checks: list[CheckOut]
    ships_from: list[ShipFromOut]
