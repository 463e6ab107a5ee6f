"""Owns what a state machine is, one source for code, database and doctor, and the shapes of state changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from marketplace.kernel.contracts import Fact
from marketplace.kernel.errors import InvalidTransition
from marketplace.kernel.package import Invariant

BORN = ""


class Machine:
    """The machine of one kind of thing. `edges` maps a state to the states that may follow; `initial` are the states of a birth.

    `table`, `id_column` and `state_column` tell doctor where the present state stands; leave `table` empty where it is derived.
    """

    all: ClassVar[dict[str, Machine]] = {}

    def __init__(
        self,
        *,
        entity: str,
        edges: Mapping[str, tuple[str, ...]],
        initial: tuple[str, ...] = (),
        table: str = "",
        id_column: str = "id",
        state_column: str = "state",
    ) -> None:
        """Name the machine. Without `initial` the births are the states that no edge leads to."""
        self.entity = entity
        self.edges = dict(edges)
        self.table, self.id_column, self.state_column = table, id_column, state_column
        reached = {to_state for following in edges.values() for to_state in following}
        self.initial = initial or tuple(state for state in edges if state not in reached)
        assert self.initial, f"nothing of kind {entity} can be born"
        self.states = tuple(dict.fromkeys([*self.initial, *edges, *(to for following in edges.values() for to in following)]))
        Machine.all[entity] = self

    def allowed(self, state: str) -> tuple[str, ...]:
        """Give the states that may follow; none after an end state."""
        return self.initial if state == BORN else self.edges.get(state, ())

    def sources(self, wanted: str) -> tuple[str, ...]:
        """Give the states from which `wanted` may be reached: the `$from` of the conditional UPDATE."""
        return tuple(state for state in self.states if wanted in self.edges.get(state, ()))

    def check(self, current: str, wanted: str) -> None:
        """Refuse an edge that the machine has not. Raises: InvalidTransition with `current` and `allowed`."""
        if wanted not in self.allowed(current):
            raise self.refusal(current, wanted)

    def refusal(self, current: str, wanted: str) -> InvalidTransition:
        """Give the error for a change that was asked of a thing in the wrong state."""
        return InvalidTransition(current=current, wanted=wanted, extra={"current": current, "allowed": list(self.allowed(current))})

    def rows(self) -> list[tuple[str, str, str]]:
        """Give every edge as (entity, from_state, to_state), births from the empty state."""
        births = [(self.entity, BORN, state) for state in self.initial]
        return births + [(self.entity, state, following) for state, nexts in self.edges.items() for following in nexts]

    def present_state(self) -> Invariant:
        """Give the invariant G1 of this machine, for its package: each thing's log ends in its present state, and none is without a log."""
        assert self.table, f"{self.entity} says no table"
        return Invariant(
            f"G1-{self.entity}",
            f"The log of each {self.entity} ends in its present state",
            f"SELECT t.{self.id_column} AS id, t.{self.state_column} AS state, l.to_state FROM {self.table} t LEFT JOIN LATERAL ("
            f"SELECT to_state FROM kernel.state_log WHERE entity = '{self.entity}' AND entity_id = t.{self.id_column} ORDER BY seq DESC LIMIT 1) l ON true "
            f"WHERE l.to_state IS DISTINCT FROM t.{self.state_column}",
        )


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing's change of state; `from_state` is "" for a birth. `fact` is what its outbox row tells, StateChanged when none is named."""

    entity_id: UUID
    from_state: str
    to_state: str
    fact: Fact | None = None


class Logged(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the log, for histories. `principal` names who ("person:…", "key:…", "worker")."""

    seq: int
    from_state: str
    to_state: str
    principal: str
    at: datetime
