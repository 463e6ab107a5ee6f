"""Tests that policies, scopes and roles speak of the same things."""

from __future__ import annotations

import pytest

from marketplace.app import PACKAGES
from marketplace.kernel.identity.service import SCOPES, roles_of

POLICIES = [policy for package in PACKAGES for policy in package.policies]
OPEN = {"anyone", "signed-in"}


def test_every_scope_opens_a_route_and_every_route_s_scope_is_in_the_catalogue() -> None:
    assert {policy.scope for policy in POLICIES if policy.scope} == set(SCOPES)


def test_who_may_call_a_route_can_get_its_scope() -> None:
    wrong = [
        policy.route
        for policy in POLICIES
        for word in policy.allow
        if policy.scope and word not in OPEN and word.partition(":")[0] not in SCOPES[policy.scope]
    ]
    assert wrong == []


@pytest.mark.parametrize("capacity", ["buyer", "supplier", "operator"])
def test_policies_name_roles_that_exist(capacity: str) -> None:
    named = {role for policy in POLICIES for word in policy.allow for kind, _, role in [word.partition(":")] if kind == capacity and role}
    assert named <= set(roles_of({capacity}))


def test_keys_and_sessions_are_no_business_of_a_key() -> None:
    assert [policy.route for policy in POLICIES if policy.scope and ("api-keys" in policy.route or "session" in policy.route)] == []


def test_packages_and_identity_know_the_same_roles() -> None:
    declared: dict[str, set[str]] = {}
    for package in PACKAGES:
        for capacity, roles in package.roles.items():
            declared.setdefault(capacity, set()).update(roles)
    assert declared == {capacity: set(roles_of({capacity})) for capacity in declared}
