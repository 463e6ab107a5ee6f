"""Owns the shapes of suppliers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec

from marketplace.kernel.i18n import lazy

CheckKind = Literal["registry", "tax", "bank", "sanctions", "certificate"]
# The eleven rules of the Incoterms 2020 (ICC publication 723E).
Incoterm = Literal["EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP"]
# What a supplier reads of each where it chooses one, from hardly anything in the price to all of it.
INCOTERM_WORDS: Final[dict[str, str]] = {
    "EXW": lazy("EXW · the buyer collects at your site"),
    "FCA": lazy("FCA · handed to the carrier of the buyer, cleared for export"),
    "FAS": lazy("FAS · alongside the ship in the port of loading"),
    "FOB": lazy("FOB · on board in the port of loading"),
    "CFR": lazy("CFR · price with freight to the port of destination"),
    "CIF": lazy("CIF · price with freight and insurance to the port of destination"),
    "CPT": lazy("CPT · price with freight to the named place"),
    "CIP": lazy("CIP · price with freight and insurance to the named place"),
    "DAP": lazy("DAP · price with freight to the buyer, who pays duty"),
    "DPU": lazy("DPU · like DAP, and you unload"),
    "DDP": lazy("DDP · price with freight and duty to the buyer"),
}
# What a reader sees of each check.
CHECK_WORDS = {
    "registry": lazy("Company register"),
    "tax": lazy("Tax number"),
    "bank": lazy("Bank account"),
    "sanctions": lazy("Sanctions lists"),
    "certificate": lazy("Certificate"),
}


class NewSupplier(msgspec.Struct, frozen=True, kw_only=True):
    """How an organisation begins to sell. Without a slug, one is made of its display name."""

    slug: str = ""
    auto_accepts: bool = False
    acceptance_hours: Annotated[int, msgspec.Meta(ge=1, le=720)] = 48
    default_incoterm: Incoterm = "EXW"
    profile: dict[str, str] = {}


class NewCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A check of a supplier that was passed on a day."""

    kind: CheckKind
    passed_on: date
    expires_on: date | None = None
    reference: str = ""


class CheckIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A check that was passed on a day, and until when it holds, as sent."""

    kind: CheckKind
    passed_on: date
    expires_on: date | None = None
    reference: Annotated[str, msgspec.Meta(max_length=80)] = ""


class CheckOut(msgspec.Struct):
    """A check that the operator made, with its date; `is_current` is false once it has ended."""

    kind: str
    passed_on: date
    expires_on: date | None
    reference: str
    is_current: bool


class ShipFromOut(msgspec.Struct):
    """A place the supplier ships from."""

    name: str
    city: str
    country: str


class CertificateShown(msgspec.Struct):
    """A certificate as everybody sees it; `confirmed_at` is when the operator has seen it, null while only the supplier states it."""

    kind: str
    number: str
    issuer: str
    issued_on: date
    expires_on: date | None
    note: str
    confirmed_at: datetime | None
    is_current: bool


class SupplierOut(msgspec.Struct, kw_only=True):
    """A supplier as everybody sees it. Legal name, registration number and checks are the operator's to set.

    `is_closed` tells that a planned closure covers today. `ends_on` is the first day without sales after a notice of termination,
    and `is_over` tells that it has come.
    """

    id: UUID
    slug: str
    legal_name: str
    display_name: str
    registration_number: str
    country: str
    state: str
    is_closed: bool
    closed_from: date | None
    closed_to: date | None
    ends_on: date | None
    is_over: bool
    acceptance_hours: int
    acceptance_counts: str
    default_incoterm: str
    profile: dict[str, str]
    since: datetime
    offers: int
    checks: list[CheckOut]
    certificates: list[CertificateShown]
    ships_from: list[ShipFromOut]
