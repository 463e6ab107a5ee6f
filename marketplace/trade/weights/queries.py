"""Owns the SQL of weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.database import connection
from marketplace.kernel.ids import uuid7
from marketplace.trade.weights.schemas import OwnWeights, Version, Weights

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

# Versions are few: one for each time the weights were changed.
VERSIONS = "SELECT version, in_force_from, weights, reason FROM trade.ranking_versions ORDER BY version DESC LIMIT 1000"
# The number is unique: of two who publish on top of the same version one finds it taken.
PUBLISH = """INSERT INTO trade.ranking_versions (id, version, weights, in_force_from, actor, reason) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (version) DO NOTHING RETURNING version"""
OWN = "SELECT weights, is_used, version, changed_at FROM trade.own_weights WHERE organisation_id = $1"
OWN_FIRST = """INSERT INTO trade.own_weights (organisation_id, weights, is_used, version, changed_at, changed_by) VALUES ($1, $2, $3, 1, $4, $5)
  ON CONFLICT (organisation_id) DO NOTHING RETURNING version"""
OWN_AGAIN = """UPDATE trade.own_weights SET weights = $2, is_used = $3, changed_at = $4, changed_by = $5, version = version + 1
  WHERE organisation_id = $1 AND version = $6 RETURNING version"""


async def versions() -> list[Version]:
    """Give the published versions, the latest first."""
    rows = await connection().fetch(VERSIONS)
    assert rows, "the migration writes version 1"
    return [Version(version=row[0], in_force_from=row[1], weights=_weights(row[2]), reason=row[3]) for row in rows]


async def publish(version: Version, *, actor: str) -> bool:
    """Append a version; false when its number is taken."""
    text = msgspec.json.encode(version.weights).decode()
    return await connection().fetchval(PUBLISH, uuid7(), version.version, text, version.in_force_from, actor, version.reason) is not None


async def own(organisation_id: UUID) -> OwnWeights | None:
    """Read what an organisation keeps, None where it never kept anything."""
    row = await connection().fetchrow(OWN, organisation_id)
    return None if row is None else OwnWeights(weights=_weights(row[0]), is_used=row[1], version=row[2], changed_at=row[3])


async def keep_own(organisation_id: UUID, kept: OwnWeights, *, actor: str, now: datetime) -> bool:
    """Store own weights on top of their version (0: the first time); false when somebody was faster."""
    text = msgspec.json.encode(kept.weights).decode()
    if kept.version == 0:
        return await connection().fetchval(OWN_FIRST, organisation_id, text, kept.is_used, now, actor) is not None
    return await connection().fetchval(OWN_AGAIN, organisation_id, text, kept.is_used, now, actor, kept.version) is not None


def _weights(text: str) -> Weights:
    return msgspec.json.decode(text, type=Weights)
