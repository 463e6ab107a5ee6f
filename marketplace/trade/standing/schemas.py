"""Owns the shapes of places: for which question, where an offer stands, and how changes would move it."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from vendors.offers.schemas import Tier

MoveKind = Literal["up", "down", "same", "unknown"]


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """For what a place is told: `quantity` in whole units, destination country, needed-by date."""

    quantity: int
    country: str
    need_by: date | None = None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where an offer stands among those that everybody sees: `place` of `of` ranked ones, or None with the group that says why not.

    `total_minor` is the landed total that everybody sees, in minor units of `currency`; `ahead` names who stands right before, with its total.
    """

    place: int | None
    of: int
    group: str
    total_minor: int | None = None
    currency: str = ""
    ahead: str = ""
    ahead_minor: int | None = None


class Stander(msgspec.Struct, frozen=True, kw_only=True):
    """An offer whose place is asked for; its unit has `decimals`."""

    offer_id: UUID
    product_id: UUID
    decimals: int


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """What would be other of an offer: its tiers, what is available, in steps; None stays."""

    stander: Stander
    tiers: tuple[Tier, ...] | None = None
    available: int | None = None


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """What a change would do to an offer's place."""

    offer_id: UUID
    product_id: UUID
    kind: MoveKind
    before: Place
    after: Place


class Jump(msgspec.Struct, frozen=True):
    """On so many products the place goes from one to another; None stands for no place."""

    before: int | None
    after: int | None
    products: int
