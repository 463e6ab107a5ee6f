"""Owns the shapes of files that come in: what was found out about one, how it is read, and how much it may hold."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Cell = str | int | float | bool | list[str] | None
NumberLocale = Literal["plain", "en", "de", "fr", "ch"]
DateLocale = Literal["iso", "dmy", "mdy"]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is read: {what a column holds: its head}, what is the same for every row, and the notations of numbers and dates."""

    columns: dict[str, str] = {}
    fixed: dict[str, str] = {}
    number_locale: NumberLocale = "plain"
    date_locale: DateLocale = "iso"


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about a file before it is read: `samples` are its first rows, `line` is where the head stands."""

    format: Literal["csv", "xlsx", "jsonl"]
    head: tuple[str, ...]
    encoding: str = "utf-8"
    delimiter: str = ","
    line: int = 1
    rows: int = 0
    samples: tuple[tuple[str, ...], ...] = ()


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a file may hold; 0 rows stands for no limit."""

    rows: int = 100_000
    columns: int = 200
    cell_characters: int = 32_000


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A file that came in: `name` is only shown, never used as a path."""

    name: str
    content: bytes


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was looked at: `content` are the rows as they are kept (of a workbook, its lines), `size` and `sha256` those of what came in."""

    name: str
    sha256: str
    size: int
    content: bytes
    layout: Layout


class MappingIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What the columns of a file hold; it is remembered for the next file with the same heads."""

    columns: Annotated[dict[Name, Name], msgspec.Meta(max_length=200)]
    fixed: Annotated[dict[Name, Name], msgspec.Meta(max_length=10)] = {}
    number_locale: NumberLocale = "plain"
    date_locale: DateLocale = "iso"
