"""Owns who is acting: a person or key in one organisation, anonymous, the worker, or the operator."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from marketplace.kernel.errors import NotFound

Capacity = Literal["buyer", "supplier", "operator", "worker", "anonymous"]


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts, for which organisation, with which capacities and roles.

    `roles` are membership roles such as "owner" or "purchaser". `scopes` is None for a person and the granted scopes for an API key.
    `stepped_up_at` is when the session last proved its password. `principal` names the actor in idempotency keys and audit rows.
    """

    organisation_id: UUID | None = None
    person_id: UUID | None = None
    api_key_id: UUID | None = None
    capacities: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None
    locale: str = "en"
    name: str = ""
    organisation_name: str = ""
    time_zone: str = "UTC"
    currency: str = "EUR"
    country: str = ""
    request_id: str = ""
    session_id: str = ""
    stepped_up_at: datetime | None = None
    has_totp: bool = False

    @property
    def is_anonymous(self) -> bool:
        """Tell whether nobody has signed in."""
        return self.organisation_id is None and not self.capacities

    @property
    def is_operator(self) -> bool:
        """Tell whether the operator's own staff act."""
        return "operator" in self.capacities

    def own_organisation(self, capacity: str = "") -> UUID:
        """Give the organisation that acts, as a buyer or supplier where that is asked for. Raises: NotFound where none acts so."""
        if self.organisation_id is None or (capacity and capacity not in self.capacities):
            raise NotFound
        return self.organisation_id

    @property
    def principal(self) -> str:
        """Name the actor for idempotency and audit: a key, a person in an organisation, the worker or nobody."""
        if self.api_key_id:
            return f"key:{self.api_key_id}"
        if self.person_id:
            return f"person:{self.person_id}:{self.organisation_id}"
        return "worker" if "worker" in self.capacities else "anonymous"

    @property
    def database_role(self) -> str:
        """Name the actor's role for row level security: operator, worker, member or anonymous."""
        if "worker" in self.capacities:
            return "worker"
        if self.is_operator:
            return "operator"
        return "member" if self.organisation_id else "anonymous"


ANONYMOUS = Actor()
WORKER = Actor(capacities=frozenset({"worker"}), name="worker")
