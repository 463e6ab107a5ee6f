"""Owns passwords: which ones are taken, and their Argon2id hash, made off the event loop (m = 19 MiB, t = 2, p = 1, as OWASP has it)."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.i18n import lazy

CHARACTERS_MIN: Final = 15
CHARACTERS_MIN_WITH_TOTP: Final = 8
CHARACTERS_MAX: Final = 256
SCORE_MIN: Final = 3
# zxcvbn's time grows with the square of the length; what stands behind 72 characters only makes a password stronger.
SCORED_CHARACTERS_MAX: Final = 72
HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Each hash takes 19 MiB while it runs, so few run at a time, and a crowd of sign-ins waits here and not in memory.
THREADS: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")


async def check(password: str, *, pointer: str, has_totp: bool, known: tuple[str, ...] = ()) -> None:
    """Refuse a password that is too short, too long or easy to guess; `known` is what an attacker knows of the person.

    15 characters at least; 8 to 14 only together with TOTP; 256 at most.
    Raises: InvalidInput.
    """
    if len(password) > CHARACTERS_MAX:
        raise _refused(pointer, "too-long", lazy("Passwords take at most {limit} characters."), CHARACTERS_MAX)
    least = CHARACTERS_MIN_WITH_TOTP if has_totp else CHARACTERS_MIN
    if len(password) < least:
        raise _refused(pointer, "too-short", lazy("Choose a password of at least {limit} characters; a few unrelated words make a good one."), least)
    score = await asyncio.get_running_loop().run_in_executor(THREADS, _score, password, known)
    if score < SCORE_MIN:
        raise _refused(pointer, "guessable", lazy("This password is easy to guess; a few unrelated words make a good one."), 0)


async def hashed(password: str) -> str:
    """Give the Argon2id hash of a password, about 50 ms of a thread's time."""
    return await asyncio.get_running_loop().run_in_executor(THREADS, HASHER.hash, password)


async def matches(password: str, password_hash: str | None) -> bool:
    """Tell whether a password fits a hash; without a hash (nobody has this e-mail) it takes as long and answers no."""
    if len(password) > CHARACTERS_MAX:
        return False
    return await asyncio.get_running_loop().run_in_executor(THREADS, _verify, password, password_hash)


def _score(password: str, known: tuple[str, ...]) -> int:
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its word lists take memory that few processes need

    words = [part for item in known for part in (item, *item.replace("@", " ").replace(".", " ").split())]
    return int(zxcvbn(password[:SCORED_CHARACTERS_MAX], user_inputs=words)["score"])


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return HASHER.hash("nobody has this password")


def _verify(password: str, password_hash: str | None) -> bool:
    try:
        is_right = HASHER.verify(password_hash or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return is_right and password_hash is not None


def _refused(pointer: str, code: str, message: str, limit: int) -> InvalidInput:
    return InvalidInput(errors=(FieldError(pointer, code, message, {"limit": limit}),))
