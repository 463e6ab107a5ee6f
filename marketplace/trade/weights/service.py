"""Owns the use cases of weights: tell those in force, publish a new version, keep an organisation's own."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import in_transaction, pool, reading, transaction
from marketplace.kernel.errors import FieldError, InvalidInput, NotAllowed, VersionConflict
from marketplace.trade.weights import queries, rules
from marketplace.trade.weights.errors import TooLate, TooSoon, WeightsMoved, WeightsUnchanged
from marketplace.trade.weights.schemas import Chosen, OwnWeights, Version

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.kernel.actor import Actor
    from marketplace.trade.weights.schemas import KeptWeights, NewVersion, Weights

# Each process knows of a version within this time; because none comes into force sooner than twice as long, all servers change over at once.
CACHED_SECONDS = 30
NOTICE = timedelta(minutes=1)
AHEAD_MAX_DAYS = 366
REASON_MAX = 500
MARKET = "market"
CHOICES = frozenset({"", MARKET})
FACTORS = rules.FACTORS


class _Cache:
    """The published versions as this process read them last: which pool, when, and the versions, the newest first."""

    kept: tuple[int, float, list[Version]] | None = None


async def versions() -> list[Version]:
    """Give all published versions, the newest first; they are kept in the process for half a minute, like the exchange rates."""
    kept = _Cache.kept
    if kept is None or kept[0] != id(pool()) or time.monotonic() - kept[1] > CACHED_SECONDS:
        is_committed = not in_transaction()
        async with reading():
            kept = (id(pool()), time.monotonic(), await queries.versions())
        _Cache.kept = kept if is_committed else None
    return kept[2]


async def in_force(now: datetime) -> Version:
    """Give the version that is in force at a moment."""
    return rules.in_force(await versions(), now=now)


async def chosen(viewer: Actor, which: str, *, now: datetime) -> Chosen:
    """Give the weights that a viewer's comparison stands on: those the viewer's organisation keeps and uses, else, or with `which` "market", the market's.

    Raises: InvalidInput for any other `which`.
    """
    if which not in CHOICES:
        raise InvalidInput(errors=(FieldError("/weights", "unknown-weights", "Leave it out, or ask for the weights of the market.", {}),))
    market = await in_force(now)
    own = None if which == MARKET or "buyer" not in viewer.capacities else await own_weights(actor=viewer, now=now)
    if own is None or not own.is_used:
        return Chosen(weights=market.weights, market_version=market.version)
    return Chosen(weights=own.weights, market_version=market.version, own_version=own.version)


async def publish(data: NewVersion, *, actor: Actor, now: datetime) -> Version:
    """Publish a new version of the market's weights on top of the one that was looked at, from a moment on. Only the operator may.

    It replaces versions that would begin at the same moment or later. Raises: NotAllowed, InvalidInput, WeightsUnchanged, TooSoon, TooLate, WeightsMoved.
    """
    if not actor.is_operator:
        raise NotAllowed
    rules.check(data.weights)
    reason = data.reason.strip()
    if not 1 <= len(reason) <= REASON_MAX:
        raise InvalidInput(errors=(FieldError("/reason", "empty", "Say in 1 to 500 characters why the weights change.", {}),))
    async with transaction(actor=actor):
        latest = (await queries.versions())[0]
        if latest.version != data.after:
            raise WeightsMoved(latest=latest.version)
        if latest.weights == data.weights:
            raise WeightsUnchanged(version=latest.version)
        made = Version(version=data.after + 1, in_force_from=_moment(data, now), weights=data.weights, reason=reason)
        if not await queries.publish(made, actor=actor.principal):
            raise WeightsMoved(latest=made.version)
        await audit.record(
            action="ranking.published", entity="ranking_version", entity_id=None, organisation_id=actor.organisation_id, actor=actor, now=now,
            before={"version": latest.version, "weights": msgspec.to_builtins(latest.weights)}, reason=reason,
            after={"version": made.version, "weights": msgspec.to_builtins(made.weights), "in_force_from": made.in_force_from.isoformat()},
        )  # fmt: skip
    _Cache.kept = None
    return made


def _moment(data: NewVersion, now: datetime) -> datetime:
    """Give from when on a version counts: the moment that was asked for, else the earliest one."""
    earliest = now + NOTICE
    wanted = data.in_force_from or earliest
    if wanted < earliest:
        raise TooSoon(earliest=earliest.isoformat(timespec="minutes"))
    if wanted > now + timedelta(days=AHEAD_MAX_DAYS):
        raise TooLate(days=AHEAD_MAX_DAYS)
    return wanted


async def own_weights(*, actor: Actor, now: datetime) -> OwnWeights:
    """Give what the acting organisation keeps; where it never kept anything the market's weights as version 0. Raises: NotFound when no buyer acts."""
    organisation_id = actor.own_organisation("buyer")
    async with reading(actor):
        kept = await queries.own(organisation_id)
    return kept or OwnWeights(weights=(await in_force(now)).weights, is_used=False, version=0)


async def keep_own(data: KeptWeights, *, actor: Actor, now: datetime) -> OwnWeights:
    """Keep weights for the acting organisation's own view, or go back to the market's, at the version that was looked at.

    Raises: NotFound when no buyer acts; InvalidInput, VersionConflict.
    """
    organisation_id = actor.own_organisation("buyer")
    async with transaction(actor=actor):
        before = await own_weights(actor=actor, now=now)
        if before.version != data.version:
            raise VersionConflict
        weights = before.weights if data.weights is None else rules.check(data.weights)
        after = OwnWeights(weights=weights, is_used=data.weights is not None, version=before.version)
        if not await queries.keep_own(organisation_id, after, actor=actor.principal, now=now):
            raise VersionConflict
        await audit.record(
            action="own_weights.kept", entity="own_weights", entity_id=organisation_id, organisation_id=organisation_id, actor=actor, now=now,
            before=_audited(before), after=_audited(after),
        )  # fmt: skip
    return OwnWeights(weights=weights, is_used=after.is_used, version=before.version + 1, changed_at=now)


def checked(weights: Weights, *, pointer: str = "/weights") -> Weights:
    """Give weights back when they are usable. Raises: InvalidInput."""
    return rules.check(weights, pointer=pointer)


def _audited(kept: OwnWeights) -> dict[str, object]:
    return {"weights": msgspec.to_builtins(kept.weights), "is_used": kept.is_used}
