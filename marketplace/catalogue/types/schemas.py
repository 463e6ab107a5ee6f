"""Owns the shapes of product types."""

from __future__ import annotations

import msgspec


class ProductType(msgspec.Struct, frozen=True):
    """A kind of thing that several makers sell: its phrase in singular words ("networking cable"), and how many products of how many brands bear it."""

    phrase: str
    products: int
    brands: int


class Known(msgspec.Struct, frozen=True):
    """What was learned: phrases that name a kind of thing, and words that go on behind several of them."""

    phrases: frozenset[str] = frozenset()
    followers: frozenset[str] = frozenset()


class Learned(msgspec.Struct, frozen=True):
    """What learning did: how many types there are now, and how many products bear another one than before."""

    types: int
    changed: int
