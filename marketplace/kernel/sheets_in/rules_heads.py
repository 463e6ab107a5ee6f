"""Owns the head line of a file: when it can be used, how heads are compared, matched and remembered."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.sheets_in.errors import ColumnsUnknown, HeadDoubled, HeadMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Mapping as Pairs

    from marketplace.kernel.sheets_in.schemas import Mapping

_NOT_NAME = re.compile(r"[\s_\-./]+")
HEAD_SHOWN = 40


def name_key(header: str) -> str:
    """Give the form in which heads are compared: one case, no spaces, underscores, hyphens, points or slashes."""
    return _NOT_NAME.sub("", unicodedata.normalize("NFKC", header).casefold())


def checked_head(head: Sequence[str]) -> tuple[str, ...]:
    """Give the heads without outer spaces. Raises: HeadMissing for a blank one, HeadDoubled for two that differ in case or spaces alone."""
    names = tuple(" ".join(name.split()) for name in head)
    seen: dict[str, str] = {}
    for place, name in enumerate(names, 1):
        key = name_key(name)
        if not key:
            raise HeadMissing(column=place)
        if key in seen:
            raise HeadDoubled(name=name[:HEAD_SHOWN], other=seen[key][:HEAD_SHOWN])
        seen[key] = name
    if all(re.fullmatch(r"[\d.,]+", name) for name in names):
        # A file that begins with its first offer has numbers where names should stand.
        raise HeadMissing(column=1)
    return names


def guessed(head: Sequence[str], target_of: Callable[[str], str]) -> dict[str, str]:
    """Match heads to what they stand for, {target: head}; what two heads claim belongs to the first."""
    found: dict[str, str] = {}
    for name in head:
        target = target_of(name)
        if target and target not in found:
            found[target] = name
    return found


def fingerprint(head: Sequence[str]) -> str:
    """Give what a head line is remembered by: the same heads in the same order, however they are spaced and cased."""
    return hashlib.sha256("\n".join(name_key(name) for name in head).encode()).hexdigest()


def fitted(mapping: Mapping, head: Sequence[str]) -> Mapping:
    """Give a mapping that is remembered with the heads as this file writes them."""
    names = {name_key(name): name for name in head}
    return msgspec.structs.replace(mapping, columns={target: names[name_key(name)] for target, name in mapping.columns.items()})


def check_columns(columns: Pairs[str, str], *, head: Sequence[str], is_target: Callable[[str], bool]) -> None:
    """Check a mapping {target: head} against a file's heads. Raises: ColumnsUnknown naming what does not fit."""
    unknown = [target for target in columns if not is_target(target)]
    absent = [name for name in columns.values() if name not in head]
    doubled = [name for place, name in enumerate(columns.values()) if name in list(columns.values())[:place]]
    if unknown or absent or doubled:
        raise ColumnsUnknown(names=[name[:HEAD_SHOWN] for name in (unknown + absent + doubled)][:10])
