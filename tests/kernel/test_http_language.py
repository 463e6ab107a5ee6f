"""Tests which language an answer speaks: that of the address, then of the profile, then of Accept-Language; the API has no profile."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.identity import service as identity
from marketplace.kernel.people.schemas import NewPerson
from tests.conftest import NOW
from tests.kernel.identity_cast import PASSWORD, organisation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from marketplace.kernel.http.edge import Edge

pytestmark = pytest.mark.usefixtures("rolled_back")


def language(answer: httpx.Response) -> str:
    return answer.text.split('<html lang="', 1)[1][:2]


@asynccontextmanager
async def who_reads_vietnamese(app: Edge) -> AsyncIterator[httpx.AsyncClient]:
    at = await organisation()
    new = NewPerson(email="reader@kranbau.example", name="Ngọc Ánh", password=PASSWORD, locale="vi")
    person = await identity.create_person(new, organisation_id=at.id, roles=("owner",), actor=WORKER, now=NOW)
    session = await identity.open_session(person.id, organisation_id=at.id, now=NOW, hours=12)
    app.callers.forget()
    transport: Any = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", cookies={"session": session.token}) as client:
        yield client
    app.callers.forget()


async def test_a_visitor_is_spoken_to_as_the_browser_asks_and_in_english_otherwise(client: httpx.AsyncClient) -> None:
    assert language(await client.get("/", headers={"accept-language": "ar-KW,en;q=0.5"})) == "ar"
    assert language(await client.get("/", headers={"accept-language": "de,fr;q=0.5"})) == "en"
    assert language(await client.get("/")) == "en"


async def test_the_address_counts_before_the_browser(client: httpx.AsyncClient) -> None:
    arabic = await client.get("/ar/", headers={"accept-language": "vi"})
    assert language(arabic) == "ar"
    assert 'dir="rtl"' in arabic.text


async def test_the_profile_counts_before_the_browser_and_after_the_address(app: Edge) -> None:
    async with who_reads_vietnamese(app) as reader:
        assert language(await reader.get("/", headers={"accept-language": "ar"})) == "vi"
        assert language(await reader.get("/ar/", headers={"accept-language": "en"})) == "ar"
        assert language(await reader.get("/en/")) == "en"


async def test_the_api_speaks_as_its_caller_asks(app: Edge) -> None:
    async with who_reads_vietnamese(app) as reader:
        english = (await reader.get("/api/v1/nothing", headers={"accept-language": "en"})).json()
        arabic = (await reader.get("/api/v1/nothing", headers={"accept-language": "ar"})).json()
    assert english["title"] == "Not found"
    assert arabic["title"] != english["title"]
    assert arabic["type"] == english["type"]
