"""Owns the shapes of letting an organisation sell."""

from __future__ import annotations

from typing import Annotated

import msgspec

from vendors.accounts.schemas import CheckIn, Incoterm
from vendors.sites.schemas import SiteForm, SiteIn

Hours = Annotated[int, msgspec.Meta(ge=1, le=720)]
About = Annotated[str, msgspec.Meta(max_length=2000)]


class AdmissionIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How an organisation begins to sell. Without `site` it adds its first site itself."""

    acceptance_hours: Hours = 48
    default_incoterm: Incoterm = "EXW"
    auto_accepts: bool = False
    about: About = ""
    checks: Annotated[list[CheckIn], msgspec.Meta(max_length=20)] = []
    site: SiteIn | None = None


class AdmissionForm(SiteForm, kw_only=True):
    """The same as typed: one line of checks for each kind, and a site whose name is blank where there is none yet."""

    acceptance_hours: Hours = 48
    default_incoterm: Incoterm = "EXW"
    auto_accepts: bool = False
    about: About = ""
    check_kind: list[str] = msgspec.field(default_factory=list)
    check_passed_on: list[str] = msgspec.field(default_factory=list)
    check_expires_on: list[str] = msgspec.field(default_factory=list)
    check_reference: list[str] = msgspec.field(default_factory=list)
