"""Owns the shapes of suppliers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from marketplace.kernel.i18n import lazy

CheckKind = Literal["registry", "tax", "bank", "sanctions", "certificate"]
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
    default_incoterm: Literal["EXW", "FCA", "DAP", "DDP"] = "EXW"
    profile: dict[str, str] = {}


class NewCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A check of a supplier that was passed on a day."""

    kind: CheckKind
    passed_on: date
    expires_on: date | None = None
    reference: str = ""


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


class SupplierOut(msgspec.Struct, kw_only=True):
    """A supplier as everybody sees it. Legal name, registration number and checks are the operator's to set."""

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
    acceptance_hours: int
    profile: dict[str, str]
    since: datetime
    offers: int
    checks: list[CheckOut]
    ships_from: list[ShipFromOut]
