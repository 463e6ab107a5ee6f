"""Owns the generating of the matrix: every route of the policy table, each caller, own, foreign and missing objects."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from marketplace.app import PACKAGES
from marketplace.kernel.http.health import POLICIES as HEALTH
from tests.world import CALLERS

if TYPE_CHECKING:
    from marketplace.kernel.package import Policy

PARAMETER = re.compile(r"\{(\w+):\w+\}")
TARGETS = ("own", "foreign", "missing")
# Open to everybody: there is no foreign product, and nobody's invitation but the holder's of its token.
PUBLIC_KINDS = frozenset({"problem", "product", "category", "category_id", "supplier", "supplier_slug"})


class Case(msgspec.Struct, frozen=True):
    """One cell of the matrix."""

    policy: Policy
    caller: str
    target: str

    @property
    def id(self) -> str:
        """Name the cell for pytest."""
        return f"{self.policy.route}-{self.caller}-{self.target}".replace(" ", "_")


def policies() -> list[Policy]:
    """Give every policy row: the server refuses to start when a route has none, or a row has no route."""
    return [*HEALTH, *(policy for package in PACKAGES for policy in package.policies)]


def targets(policy: Policy) -> tuple[str, ...]:
    """Give which objects a route is asked for."""
    if not PARAMETER.search(policy.route):
        return ("own",)
    return ("own", "missing") if policy.sample in PUBLIC_KINDS or policy.sample == "invitation_token" else TARGETS


def cases() -> list[Case]:
    """Give every cell."""
    return [Case(policy, caller, target) for policy in policies() for caller in CALLERS for target in targets(policy)]
