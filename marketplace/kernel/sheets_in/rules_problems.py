"""Owns how the problem of a file is kept until somebody reads it: as a message with its parameters, in no language yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.kernel import wording

if TYPE_CHECKING:
    from marketplace.kernel.errors import DomainError


def problem_of(error: DomainError) -> str:
    """Write down why a file could not be read, to be worded for whoever reads it."""
    return msgspec.json.encode({"message": error.message, "params": error.params}).decode()


def word_problem(problem: str) -> tuple[str, dict[str, Any]]:
    """Give why a file could not be read, as a message with its parameters; one that is words is kept as [msgid, parameters]."""
    told: dict[str, Any] = msgspec.json.decode(problem) if problem else {"message": "", "params": {}}
    return told["message"], {
        name: wording.Phrase(*value) if isinstance(value, list) and len(value) == 2 and isinstance(value[1], dict) else value  # noqa: PLR2004 - a pair
        for name, value in told["params"].items()
    }


def told(problem: str, locale: str) -> str:
    """Word why a file could not be read in a language, "" where it could."""
    message, params = word_problem(problem)
    return wording.word(message, params, locale) if message else ""
