"""Owns the front door of a package: what it brings to the server, the worker and the command line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import msgspec

from marketplace.kernel.contracts import Fact


class Policy(msgspec.Struct, frozen=True):
    """Who may call a route. No row, no start.

    `route` is method and path template as registered ("GET /api/v1/orders/{order_id:uuid}"). `allow` names capacities or
    capacity:role ("anyone", "signed-in", "buyer", "supplier", "operator", "buyer:purchaser"); one match is enough.
    `scope` is what an API key needs ("orders:read"), "" where keys are not accepted; what is open to anyone answers a key without it as nobody.
    `sample` names the kind of object whose id the path takes, for the generated access matrix. `acts` marks a route that needs an
    Idempotency-Key (money, stock or state); `keyed` marks one whose repeat does no harm, and which honours such a key when it is sent.
    `steps_up` marks one that hands out power, for which a session has to have proven its password of late. `fields_max` is how many fields
    its form may have, where a table of many rows needs more than usual.
    """

    route: str
    allow: tuple[str, ...]
    scope: str = ""
    sample: str = ""
    acts: bool = False
    steps_up: bool = False
    keyed: bool = False
    fields_max: int = 0


class Nav(msgspec.Struct, frozen=True):
    """One place in a portal's side list: the English msgid, the address, the capacities that see it, its order, and who counts what waits.

    `landing` is the address at which those who have this capacity alone begin after signing in; one place of a capacity has it.
    With `under` nothing is listed: pages below `path` mark the place whose address `under` gives, which may be another package's.
    `group` names the part of the side list it stands in; without it that is its first capacity.
    """

    title: str
    path: str
    capacities: tuple[str, ...]
    order: int
    count: Callable[[Any], Awaitable[int]] | None = None
    landing: str = ""
    under: str = ""
    group: str = ""


class Handler(msgspec.Struct, frozen=True):
    """A reaction to a fact; runs in the worker, in one transaction with its done mark. `name` is unique and stable."""

    name: str
    fact: type[Fact]
    run: Callable[[Any, datetime], Awaitable[None]]


class Job(msgspec.Struct, frozen=True):
    """A timer of the worker. `run` gets the present moment, opens its own transactions and answers how many things it did.

    `title` and `about` are English msgids that tell the operator what it does and what that is good for.
    """

    name: str
    every_seconds: int
    run: Callable[[datetime], Awaitable[int]]
    title: str = ""
    about: str = ""


class Invariant(msgspec.Struct, frozen=True):
    """A query that answers no row at any moment. `lag_seconds` tells how long a fact may be on its way before a row counts."""

    code: str
    title: str
    sql: str
    lag_seconds: int = 0


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """What a package brings. `routers` are the controllers of the API, `pages` those of HTML; `roles` are membership roles it knows by capacity."""

    name: str
    routers: tuple[Any, ...] = ()
    pages: tuple[Any, ...] = ()
    policies: tuple[Policy, ...] = ()
    nav: tuple[Nav, ...] = ()
    roles: dict[str, tuple[str, ...]] = {}
    handlers: tuple[Handler, ...] = ()
    jobs: tuple[Job, ...] = ()
    invariants: tuple[Invariant, ...] = ()
