"""Owns the shapes of weights."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec


class Weights(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A set of weights in thousandths of a point; `cost_slope` is k in w - k·ln(total / lowest)."""

    cost: int
    time: int
    on_time: int
    checks: int
    stock: int
    cost_slope: int


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A published version of the market's weights and since when it is, or will be, in force."""

    version: int
    in_force_from: datetime
    weights: Weights
    reason: str


class OwnWeights(msgspec.Struct, frozen=True, kw_only=True):
    """What an organisation keeps for its own view: `is_used` tells whether its comparisons stand on it; version 0 means that nothing was kept yet."""

    weights: Weights
    is_used: bool
    version: int
    changed_at: datetime | None = None


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The weights that a comparison stands on: the market's version in force, and the version of the organisation's own where those are used."""

    weights: Weights
    market_version: int
    own_version: int | None = None


class NewVersion(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A new version to publish on top of version `after`, in thousandths of a point, from a moment on (None: as soon as every server knows it)."""

    after: int
    weights: Weights
    reason: str
    in_force_from: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class KeptWeights(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Own weights to keep at the version that was looked at; without `weights` the market's count again."""

    version: int
    weights: Weights | None = None
