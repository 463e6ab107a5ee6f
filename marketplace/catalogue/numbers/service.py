"""Owns the use cases of flagged numbers: find them, say which are right, and tell readers which to distrust."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final
from uuid import UUID

from marketplace.catalogue.numbers import queries
from marketplace.kernel import cursors
from marketplace.kernel.actor import WORKER
from marketplace.kernel.audit import service as audit
from marketplace.kernel.contracts import ProductsChanged
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import NotAllowed, NotFound, VersionConflict
from marketplace.kernel.outbox import service as outbox

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from marketplace.catalogue.numbers.schemas import Flag, FlagIn
    from marketplace.kernel.actor import Actor
    from marketplace.kernel.cursors import Asked

FACT_IDS_MAX: Final = 1000
STATES: Final = ("open", "right", "left_out")


async def find(now: datetime) -> int:
    """Look through all kinds of goods, each in a transaction, for numbers that cannot be meant; gives how many products' flags came or went.

    Publishes ProductsChanged for them, in chunks of at most 1,000 ids. A second time changes nothing.
    """
    async with transaction(actor=WORKER):
        await queries.drop_unsold()
        groups = await queries.groups()
    changed = 0
    for group in groups:
        async with transaction(actor=WORKER):
            touched = sorted(await queries.keep(group, await queries.found(group), now=now))
            for at in range(0, len(touched), FACT_IDS_MAX):
                await outbox.publish(ProductsChanged(product_ids=tuple(touched[at : at + FACT_IDS_MAX])), now=now)
        changed += len(touched)
    return changed


async def page_of_flags(state: str, *, asked: Asked, actor: Actor) -> tuple[list[Flag], str | None]:
    """List one page of the flags of a state. Raises: NotAllowed, NotFound for a state that there is not, BadCursor."""
    _keeper(actor)
    if state not in STATES:
        raise NotFound

    async def read(after: tuple[UUID] | None, limit: int) -> list[Flag]:
        async with reading():
            return await queries.flags(state, after=after[0] if after else None, limit=limit)

    return await cursors.listed(f"number-flags:{state}", read, place=lambda one: (str(one.id),), shape=tuple[UUID], asked=asked)


async def decide(flag_id: UUID, sent: FlagIn, *, actor: Actor, now: datetime) -> Flag:
    """Say that a flagged number is right, or leave it out, or open it again. Raises: NotAllowed, NotFound, VersionConflict.

    What was said of one number is not said of another that a file brought meanwhile.
    """
    _keeper(actor)
    async with transaction(actor=actor):
        before = await queries.flag(flag_id, is_locked=True)
        if before is None:
            raise NotFound
        if before.state != sent.seen or (sent.value is not None and sent.value != before.value):
            raise VersionConflict
        is_open = sent.state == "open"
        await queries.decide(flag_id, state=sent.state, by=None if is_open else actor.name or actor.principal, now=None if is_open else now)
        found = await queries.flag(flag_id)
        assert found is not None, "it is locked"
        await audit.record(
            action=f"number_flag.{sent.state}", entity="product", entity_id=found.product_id, organisation_id=actor.organisation_id, actor=actor, now=now,
            before={"key": before.key, "value": before.value, "state": before.state}, after={"state": found.state},
        )  # fmt: skip
        await outbox.publish(ProductsChanged(product_ids=(found.product_id,)), now=now)
    return found


async def count_open() -> int:
    """Count the flags that wait for somebody."""
    async with reading():
        return (await queries.counts()).get("open", 0)


async def count_states() -> dict[str, int]:
    """Count the flags by state."""
    async with reading():
        return await queries.counts()


async def doubtful(products: Mapping[UUID, Mapping[str, object]]) -> dict[UUID, dict[str, Flag]]:
    """Give by product and key the flags that nobody called right, for the attributes that these products hold now.

    A number that was changed since it was found is not doubted any more.
    """
    if not products:
        return {}
    async with reading():
        flags = await queries.of_products(list(products))
    found: dict[UUID, dict[str, Flag]] = {}
    for one in flags:
        if _same(products[one.product_id].get(one.key), one.value):
            found.setdefault(one.product_id, {})[one.key] = one
    return found


def _same(value: object, flagged: Decimal) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and Decimal(str(value)) == flagged


def _keeper(actor: Actor) -> None:
    if not actor.is_operator:
        raise NotAllowed
