"""Tests how passwords are kept: Argon2id with OWASP's figures, made beside the event loop."""

from __future__ import annotations

import asyncio

from marketplace.kernel import passwords


async def test_a_password_is_kept_as_argon2id_with_19_mib_two_rounds_and_one_lane() -> None:
    kept = await passwords.hashed("four unrelated words here")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.matches("four unrelated words here", kept)
    assert not await passwords.matches("four unrelated words heré", kept)


async def test_one_password_has_another_hash_each_time() -> None:
    first, second = await asyncio.gather(passwords.hashed("the same words"), passwords.hashed("the same words"))
    assert first != second


async def test_the_loop_serves_others_while_a_password_is_hashed() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    serving = asyncio.create_task(others())
    await passwords.hashed("four unrelated words here")
    serving.cancel()
    # On the loop itself, nobody else would have had a turn before the hash was there.
    assert turns > 10


async def test_nobodys_password_is_compared_all_the_same_and_never_right() -> None:
    assert not await passwords.matches("nobody has this password", None)
    assert not await passwords.matches("anything", "no hash at all")
