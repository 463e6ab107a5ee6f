"""Owns the shapes of what people look for in vain."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Words that found nothing: how often in the period and in the one before it, by whom (kinds of visitors, languages), each of the last eight weeks, oldest first.

    `near` are the words of the catalogue that are most like those that come nowhere, `asked` how many organisations wait for it.
    """

    query: str
    times: int
    before: int
    segments: list[str]
    locales: list[str]
    last_at: datetime
    weeks: list[int] = []
    near: list[str] = []
    asked: int = 0


class Part(msgspec.Struct, frozen=True):
    """How often a kind of visitor, or whoever reads a language, looked in vain in the period and in the one before it."""

    name: str
    times: int
    before: int


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """The hundred wishes of a period that came most often, all of them counted, and what they can be narrowed down by.

    `weeks` counts all of the last eight weeks, the oldest first; the parts are of what is chosen.
    """

    wishes: list[Wish]
    total: int
    before: int
    segments: list[str]
    locales: list[str]
    weeks: list[int] = []
    by_segment: list[Part] = []
    by_locale: list[Part] = []
