"""Owns the shapes of the rules of words."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from marketplace.kernel.csv_file import TEXT_MAX

Kind = Literal["synonym", "compound", "whole", "type"]
State = Literal["", "on", "off"]
LENGTH_MAX = 80
MEANS_MAX = 4
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=LENGTH_MAX)]
Locale = Annotated[str, msgspec.Meta(max_length=20, pattern="^([a-z]{2}(-[A-Z]{2})?)?$")]


class WordsIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule of words: who looks for `words` also finds each of `means`, and with `is_both_ways` any of them finds all the others.

    A compound means its parts. "whole" is never taken apart, "type" says of no product what it is: these mean nothing else. "" is every language.
    """

    kind: Kind = "synonym"
    words: Words
    means: Annotated[list[Words], msgspec.Meta(max_length=MEANS_MAX)] = []
    locale: Locale = ""
    is_both_ways: bool = True
    note: Annotated[str, msgspec.Meta(max_length=200)] = ""


class WordsOut(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as it stands, with who changed it last. A group of several words is as many rules as it has pairs."""

    id: UUID
    kind: Kind
    words: str
    means: str
    locale: str
    is_both_ways: bool
    is_active: bool
    note: str
    changed_by: str
    changed_at: datetime
    version: int


class SwitchIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether a rule is to hold from now on; `version` is that of the rule as it was seen."""

    is_active: bool
    version: int


class WordsFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which rules are listed: those with this text in them, of this kind, language ("all" for those of every language) and state; "" is any."""

    text: str = ""
    kind: str = ""
    locale: str = ""
    state: str = ""


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What a search reads in one word of a query: ways of saying it, each of words that must all be there, and how many products have one of them at most."""

    ways: list[str]
    products: int


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One of the first ten products, with its place under the rules in force, None where it is not among the first ten."""

    id: UUID
    title: str
    brand: str
    before: int | None


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a query comes to: its words, what it was read as where some come nowhere, how many products it finds, and the first ten."""

    words: list[Meaning]
    read_as: str
    total: int
    first: list[Hit]


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """A query under the rules in force, and under these with the one that is tried, None where none is."""

    before: Reading
    after: Reading | None


class TrialIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A query to be tried in a reader's language, with a rule that is not stored."""

    query: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    locale: Locale = "en"
    rule: WordsIn | None = None


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A word that says of products what they are, learned from their titles; `rule` is the one that switches it off, if there is one."""

    word: str
    products: int
    rule: WordsOut | None = None


class WordsFileIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules as CSV text."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_MAX)]


class WordsFileOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many rules a file added, and how many stood there already."""

    added: int
    unchanged: int


class WordsForm(msgspec.Struct, kw_only=True):
    """A rule as typed; what it means stands between commas."""

    kind: str = "synonym"
    words: str = ""
    means: str = ""
    locale: str = ""
    is_both_ways: bool = False
    note: str = ""


class SwitchForm(msgspec.Struct, kw_only=True):
    """A press of the button of a rule."""

    act: Literal["on", "off"]
    version: int


class FileForm(msgspec.Struct, kw_only=True):
    """A file as it is chosen or pasted."""

    file: str = ""
    text: str = ""
