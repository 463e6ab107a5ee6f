"""Tests that an actor's own organisation is given only where one acts in what is asked for."""

from __future__ import annotations

from uuid import UUID

import pytest

from marketplace.kernel.actor import ANONYMOUS, WORKER, Actor
from marketplace.kernel.errors import NotFound

HANSA = UUID(int=1)
SELLER = Actor(organisation_id=HANSA, capacities=frozenset({"supplier"}))


def test_an_organisation_acts_as_what_it_is() -> None:
    assert (SELLER.own_organisation(), SELLER.own_organisation("supplier")) == (HANSA, HANSA)


@pytest.mark.parametrize("actor,capacity", [(SELLER, "buyer"), (ANONYMOUS, ""), (ANONYMOUS, "supplier"), (WORKER, ""), (WORKER, "worker")])
def test_who_does_not_act_so_finds_nothing(actor: Actor, capacity: str) -> None:
    with pytest.raises(NotFound):
        actor.own_organisation(capacity)
