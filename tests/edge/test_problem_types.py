"""The type of a problem leads to a page that says what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    import httpx


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/orders", "/api/v1/ranking?x=1", "/api/v1/products?cursor=x"])
async def test_the_type_of_a_problem_leads_to_a_page_about_it(client: httpx.AsyncClient, path: str) -> None:
    told = (await client.get(path)).json()
    page = await client.get(f"/en{urlsplit(told['type']).path}")
    assert page.status_code == 200
    assert f"<h1>{told['title']}</h1>" in page.text
    assert f">{told['status']}</td>" in page.text


async def test_a_type_that_is_none_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/en/problems/no-such-type")).status_code == 404


async def test_no_place_of_a_sentence_is_left_with_its_name(client: httpx.AsyncClient) -> None:
    page = (await client.get("/en/problems")).text
    assert 'href="/en/problems/too-large"' in page
    assert "The body is larger than … bytes" in page
    assert "{" not in page.split("<tbody>")[1].split("</tbody>")[0]
