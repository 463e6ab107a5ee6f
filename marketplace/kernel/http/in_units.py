"""Owns how an answer tells quantities: counted in steps inside, they leave in units, so that what comes out may go in again.

A Struct marks its quantities as `Steps`; the `unit_decimals` of the Struct, or of the one around it, say what a step is. Answers about whole
pieces, which most are, go through untouched.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple, TypeVar, get_args, get_type_hints

import msgspec

from marketplace.kernel.quantity import Steps, in_units

S = TypeVar("S")
DECIMALS = "unit_decimals"


class _Plan(NamedTuple):
    """What of a Struct is to be looked at: its own quantities, the fields that hold further Structs, and whether some of them know a unit."""

    has_decimals: bool
    steps: tuple[str, ...]
    inner: tuple[str, ...]
    knows_inside: bool

    @property
    def is_empty(self) -> bool:
        return not self.steps and not self.inner


NOTHING = _Plan(has_decimals=False, steps=(), inner=(), knows_inside=False)


@cache
def _plan(kind: type) -> _Plan:
    if not issubclass(kind, msgspec.Struct):
        return NOTHING
    steps, inner, knows_inside = [], [], False
    for name, hint in get_type_hints(kind, include_extras=True).items():
        if _is_steps(hint):
            steps.append(name)
            continue
        plans = [_plan(each) for each in _structs(hint) if each is not kind]
        if _is_open(hint) or any(not plan.is_empty for plan in plans):
            inner.append(name)
            knows_inside = knows_inside or _is_open(hint) or any(plan.has_decimals or plan.knows_inside for plan in plans)
    return _Plan(DECIMALS in kind.__struct_fields__, tuple(steps), tuple(inner), knows_inside)


def marked_in(kind: type) -> frozenset[str]:
    """Name the quantities of a Struct and of those inside of it, for whoever keeps its answers."""
    plan, hints = _plan(kind), get_type_hints(kind, include_extras=True)
    return frozenset(plan.steps).union(*(marked_in(each) for name in plan.inner for each in _structs(hints[name])))


def _is_steps(hint: Any) -> bool:
    return hint is Steps or hint == Steps or any(_is_steps(part) for part in get_args(hint) if part is not int)


def _is_open(hint: Any) -> bool:
    """Tell whether a hint names a type that is known only at run time, as the items of a page are."""
    return isinstance(hint, TypeVar) or any(_is_open(part) for part in get_args(hint))


def _structs(hint: Any) -> list[type]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return [hint]
    return [found for part in get_args(hint) for found in _structs(part)]


def told(answer: S, decimals: int = 0) -> S:
    """Give an answer with its quantities in units; the same object where there is nothing to change, else a copy."""
    kind: Any = type(answer)
    plan = _plan(kind)
    if plan.is_empty:
        return answer
    if plan.has_decimals:
        decimals = getattr(answer, DECIMALS)
    if not decimals and not plan.knows_inside:
        return answer
    changes: dict[str, Any] = {}
    if decimals:
        changes = {name: _value(getattr(answer, name), decimals) for name in plan.steps}
    for name in plan.inner:
        value = getattr(answer, name)
        after = _inside(value, decimals)
        if after is not value:
            changes[name] = after
    return msgspec.structs.replace(answer, **changes) if changes else answer  # type: ignore[type-var]


async def tell(response: Any) -> Any:
    """Tell the quantities of whatever a handler answers in units."""
    content = getattr(response, "content", None)
    if isinstance(content, msgspec.Struct):
        response.content = told(content)
    return response


def _value(value: Any, decimals: int) -> Any:
    if isinstance(value, int):
        return in_units(value, decimals=decimals)
    return [in_units(each, decimals=decimals) for each in value] if isinstance(value, list | tuple) else value


def _inside(value: Any, decimals: int) -> Any:
    if isinstance(value, list | tuple):
        after = [told(each, decimals) for each in value]
        return value if all(one is other for one, other in zip(after, value, strict=True)) else after
    return told(value, decimals)
