"""Tests that an act under one key happens once, and that a repeat gets the first answer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction
from marketplace.kernel.idempotency import service as idempotency
from marketplace.kernel.idempotency.errors import KeyInFlight, KeyMalformed, KeyMissing, KeyReused
from marketplace.kernel.idempotency.schemas import Claim
from tests.conftest import NOW

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.kernel.settings import Settings

ROUTE = "POST /api/v1/things"
SAME = idempotency.fingerprint("POST", "/api/v1/things", b'{"a":1}')
OTHER = idempotency.fingerprint("POST", "/api/v1/things", b'{"a":2}')

pytestmark = pytest.mark.usefixtures("rolled_back")


async def act(principal: str = "person:1", *, key: str = "k", fingerprint: bytes = SAME, now: datetime = NOW) -> Claim:
    async with transaction(actor=WORKER):
        claim = await idempotency.claim(principal, route=ROUTE, key=key, fingerprint=fingerprint, now=now)
        if claim.is_new:
            await idempotency.finish(principal, route=ROUTE, key=key, status=201, body=b'{"id":1}', now=now)
        return claim


async def test_the_first_call_does_the_work_and_the_next_gets_its_answer() -> None:
    assert await act() == Claim(is_new=True)
    assert await act() == Claim(is_new=False, status=201, content_type="application/json", body=b'{"id":1}')


async def test_another_body_under_the_same_key_is_refused() -> None:
    await act()
    with pytest.raises(KeyReused) as refused:
        await act(fingerprint=OTHER)
    assert refused.value.status == 422
    assert (await act()).body == b'{"id":1}'


async def test_the_same_key_of_another_caller_is_another_key() -> None:
    await act("person:1")
    assert (await act("person:2", fingerprint=OTHER)).is_new


async def test_an_act_that_fails_leaves_its_key_free() -> None:
    with pytest.raises(ZeroDivisionError):
        async with transaction(actor=WORKER):
            await idempotency.claim("person:1", route=ROUTE, key="k", fingerprint=OTHER, now=NOW)
            raise ZeroDivisionError
    assert (await act()).is_new


async def test_a_key_is_finished_once() -> None:
    await act()
    with pytest.raises(asyncpg.AssertError):
        async with transaction(actor=WORKER):
            await idempotency.finish("person:1", route=ROUTE, key="k", status=500, body=b"", now=NOW)


async def test_an_answer_is_kept_for_two_days() -> None:
    await act(key="old", now=NOW - timedelta(hours=49))
    await act(key="new", now=NOW - timedelta(hours=25))
    assert await idempotency.purge(NOW) == 1
    assert not (await act(key="new")).is_new
    assert (await act(key="old")).is_new


async def test_the_application_cannot_read_answers_without_the_key(rolled_back: asyncpg.Connection[asyncpg.Record]) -> None:
    await act()
    for sql in (
        "SELECT body FROM kernel.idempotency_keys",
        "SELECT * FROM kernel.idempotency_keys",
        "UPDATE kernel.idempotency_keys SET status = 200",
        "DELETE FROM kernel.idempotency_keys",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with transaction(actor=WORKER):
                await rolled_back.execute(sql)


@pytest.mark.parametrize("key", [None, ""])
def test_a_missing_key_is_refused(key: str | None) -> None:
    with pytest.raises(KeyMissing) as refused:
        idempotency.checked_key(key)
    assert refused.value.status == 400


@pytest.mark.parametrize("key", ["a" * 256, "é", "two words", "tab\t", "line\n", "\x00", "\x7f", "١٢"])
def test_a_key_of_other_than_255_visible_ascii_characters_is_refused(key: str) -> None:
    with pytest.raises(KeyMalformed) as refused:
        idempotency.checked_key(key)
    assert refused.value.status == 400


def test_a_key_is_taken_as_it_is() -> None:
    assert idempotency.checked_key("a" * 255) == "a" * 255
    assert idempotency.checked_key("!~") == "!~"


def test_method_path_and_body_make_the_fingerprint() -> None:
    same = idempotency.fingerprint("POST", "/a", b"x")
    assert len(same) == 32
    assert same == idempotency.fingerprint("POST", "/a", b"x")
    assert (
        len(
            {
                same,
                idempotency.fingerprint("PUT", "/a", b"x"),
                idempotency.fingerprint("POST", "/b", b"x"),
                idempotency.fingerprint("POST", "/a", b"y"),
            }
        )
        == 4
    )


async def test_an_open_claim_is_in_flight_for_every_other_connection(database: Settings) -> None:
    other = await asyncpg.connect(database.database_url)
    try:
        async with transaction(actor=WORKER):
            assert (await idempotency.claim("person:1", route=ROUTE, key="open", fingerprint=SAME, now=NOW)).is_new
            row = await other.fetchrow("SELECT outcome FROM kernel.claim_key('person:1', $1, 'open', $2, $3)", ROUTE, SAME, NOW)
            assert row is not None
            assert row["outcome"] == "in_flight"
            await idempotency.finish("person:1", route=ROUTE, key="open", status=204, body=b"", now=NOW)
    finally:
        await other.close()


async def test_a_claim_without_an_answer_counts_as_in_flight() -> None:
    async with transaction(actor=WORKER):
        await idempotency.claim("person:1", route=ROUTE, key="k", fingerprint=SAME, now=NOW)
        with pytest.raises(KeyInFlight) as refused:
            await idempotency.claim("person:1", route=ROUTE, key="k", fingerprint=SAME, now=NOW)
        await idempotency.finish("person:1", route=ROUTE, key="k", status=204, body=b"", now=NOW)
    assert refused.value.retry_after_seconds == 1
