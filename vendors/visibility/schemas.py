"""Owns the shapes of visibility."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

import msgspec

from marketplace.kernel.i18n import lazy

Level = Literal["public", "prices_hidden", "login_required", "org_allowlist"]
LEVELS: tuple[Level, ...] = ("public", "prices_hidden", "login_required", "org_allowlist")
# How a level is called, and what it means, as suppliers read it.
LEVEL_WORDS = {
    "public": lazy("Everybody, with prices"),
    "prices_hidden": lazy("Everybody, prices after signing in"),
    "login_required": lazy("Signed-in companies"),
    "org_allowlist": lazy("Companies on your list"),
}
# What somebody sees, by the number that `vendors.sight` answers.
SIGHT_WORDS = (lazy("nothing"), lazy("offer without its price"), lazy("offer and price"))
Version = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class Viewer(NamedTuple):
    """Who looks, as the statements about offers take it: the organisation, None for nobody, and whether everything is shown (market's staff)."""

    organisation_id: UUID | None
    sees_all: bool


class RuleIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A level for a category with all below it, or, without one, for everything; level null takes the rule back.

    `version` is that of the rule as you saw it, 0 where there was none.
    """

    level: Level | None
    category_id: UUID | None = None
    version: Version = 0


class RuleForm(msgspec.Struct, kw_only=True):
    """A level as chosen on the page; "" takes the rule back."""

    level: Literal["", "public", "prices_hidden", "login_required", "org_allowlist"]
    category_id: UUID | None = None
    version: Version = 0


class GrantIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An organisation to put on the allow-list."""

    organisation_id: UUID


class GrantForm(msgspec.Struct, kw_only=True):
    """An organisation to put on the allow-list or take from it."""

    organisation_id: UUID


class RuleOut(msgspec.Struct, kw_only=True):
    """A rule in force: for a category with all below it, or for everything where `category_id` is null."""

    category_id: UUID | None
    category: str
    level: str
    version: int
    updated_at: datetime


class OrganisationOut(msgspec.Struct, kw_only=True):
    """An organisation that may be put on the allow-list."""

    id: UUID
    name: str
    country: str
    registration_number: str
    is_granted: bool


class GrantOut(msgspec.Struct, kw_only=True):
    """An organisation on the allow-list."""

    organisation_id: UUID
    name: str
    country: str
    registration_number: str
    granted_at: datetime


class PreviewOut(msgspec.Struct, kw_only=True):
    """What each kind of visitor sees of the offers of one category: 0 nothing, 1 the offer without its price, 2 offer and price.

    `rule_category` names the category whose rule holds, "" where the rule for everything does, null where there is no rule.
    """

    category_id: UUID | None
    category: str
    offers: int
    level: str
    rule_category: str | None
    anonymous: int
    signed_in: int
    granted: int


class VisibilityOut(msgspec.Struct, kw_only=True):
    """Who sees the acting supplier's offers."""

    level: str
    rules: list[RuleOut]
    grants: int
    preview: list[PreviewOut]
