"""Bad paths, queries, methods and headers: a clear answer each, a problem object for programs and a page for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.edge.refusals import check_page, check_problem

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.database import Connection
    from tests.world import World

PATHS = {
    "dots_after": "{id}%2e%2e%2f", "dots_before": "%2e%2e%2f{id}", "nul": "{id}%00", "parameter": "{id};x=y", "trailing_dot": "{id}.", "space": "{id}%20",
    "line_feed": "{id}%0a", "double_encoded": "%252e%252e%252f{id}", "urn": "urn:uuid:{id}", "braces": "{{{id}}}", "open_brace": "{{{id}", "no_hyphens": "{hex}",
    "minus_one": "-1", "grouped": "1_000", "arabic_digits": "١٢", "400_digits": "9" * 400, "overlong": "%c0%ae", "not_utf_8": "%ff", "5000_letters": "a" * 5000,
    "missing": "0123456789ab-7def-8123-456789abcdef",
}  # fmt: skip


@pytest.mark.parametrize("form", PATHS.values(), ids=PATHS)
async def test_a_path_that_names_nothing_answers_404(form: str, client: httpx.AsyncClient, world: World) -> None:
    product_id = world.product_ids[0]
    part = form.format(id=product_id, hex=product_id.hex)
    check_problem(await client.get(f"/api/v1/products/{part}"), 404, "not-found")
    check_page(await client.get(f"/products/{part}"), 404)


async def test_an_id_in_capitals_is_the_same_id(client: httpx.AsyncClient, world: World) -> None:
    answer = await client.get(f"/api/v1/products/{str(world.product_ids[0]).upper()}")
    assert (answer.status_code, answer.json()["id"]) == (200, str(world.product_ids[0]))


PAGES = ("/suppliers/%00", "/suppliers/%ff%fe", "/categories/%00", "/categories/%ff", "/suppliers/" + "a" * 5000, "/%252e%252e%252fetc", "/xx/search",
         "/static/%00", "/static/%2e%2e/%2e%2e/app.py", "/static/../settings.py", "/static/nothing.css", "/.env", "/wp-login.php", "/ar/nothing", "/api", "/en//search")  # fmt: skip


@pytest.mark.parametrize("path", PAGES, ids=range(len(PAGES)))
async def test_an_address_that_does_not_exist_answers_with_a_page(path: str, client: httpx.AsyncClient) -> None:
    check_page(await client.get(path), 404)


@pytest.mark.parametrize("path", ["/api/", "/api/v1/nothing", "/api/v2/products", "/health/nothing", "/api/v1/invitations/%00"])
async def test_an_address_of_the_api_that_does_not_exist_answers_with_a_problem(path: str, client: httpx.AsyncClient) -> None:
    check_problem(await client.get(path), 404, "not-found")


LIMITS = ("0", "-1", "201", "1000000000", "99999999999999999999", "1e3", "1_0", "%D9%A1", "", "NaN", "inf", "1.0", "%201", "0x10", "%00")


@pytest.mark.parametrize("limit", LIMITS)
async def test_a_limit_that_is_none_answers_422(limit: str, clients: dict[str, httpx.AsyncClient]) -> None:
    for caller, path in (("anonymous", "/api/v1/products"), ("supplier_a", "/api/v1/offers"), ("buyer_a", "/api/v1/orders")):
        check_problem(await clients[caller].get(f"{path}?limit={limit}"), 422, "invalid-input", pointer="/limit")


QUERIES = {
    "limit_twice": ("limit=1&limit=2", "/limit"), "words_twice": ("q=a&q=b", "/q"), "category_twice": ("category=a&category=b", "/category"),
    "sorting_by_a_secret": ("sort=password", "/sort"), "a_filter_of_our_own": ("filter[a][b]=1", "/filter[a][b]"), "nul_as_category": ("category=%00", ""),
}  # fmt: skip


@pytest.mark.parametrize("query, pointer", QUERIES.values(), ids=QUERIES)
async def test_a_bad_query_answers_422(query: str, pointer: str, client: httpx.AsyncClient) -> None:
    check_problem(await client.get(f"/api/v1/products?{query}"), 422, "invalid-input", pointer=pointer)


@pytest.mark.parametrize("words", ["%25", "_", "%5C", "((((", "'", "--", ":*", "!", "%26%26", "a%27%3Bdrop", "%D9%A1", "%F0%9F%98%80", "\u202e"])
async def test_signs_are_searched_for_as_they_are(words: str, client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/api/v1/products?q={words}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")


@pytest.mark.parametrize("words", ["a" * 10_000, "%00", "a%00b", "(a|" * 400])
async def test_words_that_nobody_searches_for_answer_422(words: str, client: httpx.AsyncClient) -> None:
    check_problem(await client.get(f"/api/v1/products?q={words}"), 422, "bad-query")


@pytest.mark.parametrize("query", ["q=%ff", "q=%ed%a0%80", "q=%c0%af", "%ff=1"])
async def test_a_query_that_is_not_utf_8_answers_400(query: str, client: httpx.AsyncClient) -> None:
    check_problem(await client.get(f"/api/v1/products?{query}"), 400, "bad-request")
    check_page(await client.get(f"/search?{query}"), 400)


@pytest.mark.parametrize("cursor", ["", "abc", "%00", "%C3%A9", "A" * 5000, "../..", "bnVsbA=="])
async def test_a_cursor_of_nobodys_making_answers_400(cursor: str, client: httpx.AsyncClient) -> None:
    check_problem(await client.get(f"/api/v1/products?cursor={cursor}"), 400, "bad-cursor")


async def test_a_cursor_that_was_changed_or_comes_from_another_list_answers_400(as_supplier_a: httpx.AsyncClient) -> None:
    cursor = (await as_supplier_a.get("/api/v1/orders?limit=1")).json()["next_cursor"]
    assert (await as_supplier_a.get(f"/api/v1/orders?cursor={cursor}")).status_code == 200
    check_problem(await as_supplier_a.get(f"/api/v1/offers?cursor={cursor}"), 400, "bad-cursor")
    for place in (0, len(cursor) // 2, len(cursor) - 2):
        other = "A" if cursor[place] != "A" else "B"
        check_problem(await as_supplier_a.get(f"/api/v1/orders?cursor={cursor[:place]}{other}{cursor[place + 1 :]}"), 400, "bad-cursor")


ASKS = {
    "no_quantity": ("country=DE", "/quantity"), "no_country": ("quantity=12", "/country"), "quantity_twice": ("quantity=12&quantity=13&country=DE", "/quantity"),
    "country_twice": ("quantity=12&country=DE&country=VN", "/country"), "unknown": ("quantity=12&country=DE&role=operator", "/role"),
    **{f"quantity_{written}": (f"quantity={written}&country=DE", "/quantity") for written in
       ("0", "-1", "1_000", "%D9%A1%D9%A2", "NaN", "inf", "1e3", "1.5", "1e1000000", "9" * 18, "9" * 30, "%00", "0x1", "")},
    **{f"country_{written}": (f"quantity=12&country={written}", "/country") for written in ("XX", "%00", "DEU", "1", "")},
    **{f"currency_{written}": (f"quantity=12&country=DE&currency={written}", "/currency") for written in ("XXX", "978", "eur", "%00")},
    **{f"need_by_{written}": (f"quantity=12&country=DE&need_by={written}", "/need_by") for written in
       ("2026-02-30", "0001-01-01", "9999-12-31", "infinity", "tomorrow", "2026-12-1", "%00")},
    "postal_code_nul": ("quantity=12&country=DE&postal_code=%00", "/postal_code"), "postal_code_long": (f"quantity=12&country=DE&postal_code={'1' * 21}", "/postal_code"),
}  # fmt: skip


@pytest.mark.parametrize("query, pointer", ASKS.values(), ids=ASKS)
async def test_a_comparison_that_cannot_be_asked_answers_422(query: str, pointer: str, client: httpx.AsyncClient, world: World) -> None:
    answer = await client.get(f"/api/v1/products/{world.product_ids[0]}/comparison?{query}")
    check_problem(answer, 422, "invalid-input", pointer=pointer)


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "FOO", "DELETE", "PUT", "PATCH"])
async def test_a_method_that_is_not_taken_answers_405(method: str, client: httpx.AsyncClient) -> None:
    check_problem(await client.request(method, "/api/v1/products"), 405, "method-not-allowed")
    check_page(await client.request(method, "/search"), 405)


@pytest.mark.parametrize("name", ["x-http-method-override", "x-method-override", "x-http-method"])
async def test_a_method_in_a_header_is_ignored(name: str, client: httpx.AsyncClient) -> None:
    check_problem(await client.post("/api/v1/products", headers={name: "GET"}), 405, "method-not-allowed")
    assert (await client.get("/api/v1/products?limit=1", headers={name: "DELETE"})).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "", "127.0.0.1.evil.example", "127.0.0.1:8000@evil.example", "localhost:99999999", "127.0.0.1\u00a0"]
)
async def test_a_host_that_is_not_ours_answers_400(host: str, client: httpx.AsyncClient) -> None:
    given: Any = {"host": host.encode("latin-1")}
    check_problem(await client.get("/api/v1/products", headers=given), 400, "unknown-host")
    check_page(await client.get("/search", headers=given), 400)


async def test_forwarded_headers_of_strangers_are_ignored(client: httpx.AsyncClient) -> None:
    given = {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https", "x-forwarded-for": "10.0.0.1", "x-original-url": "/operator/works"}
    answer = await client.get("/search?q=valve", headers=given)
    assert answer.status_code == 200
    assert "evil.example" not in answer.text


@pytest.mark.parametrize("origin", ["null", "https://evil.example"])
async def test_no_origin_is_let_in(origin: str, client: httpx.AsyncClient) -> None:
    for answer in (
        await client.get("/api/v1/products?limit=1", headers={"origin": origin}),
        await client.options("/api/v1/products", headers={"origin": origin, "access-control-request-method": "POST"}),
    ):
        assert [name for name in answer.headers if name.startswith("access-control-")] == []


HEADERS = {
    "a_long_header": {"x-a": "a" * 17_000},
    "a_long_cookie": {"cookie": "session=" + "a" * 8_185},
    "201_cookies": {"cookie": ";".join(["a=1"] * 201)},
    "many": {f"x-{number}": "a" * 80 for number in range(250)},
}


@pytest.mark.parametrize("given", HEADERS.values(), ids=HEADERS)
async def test_headers_over_16_and_cookies_over_8_kilobytes_answer_431(given: dict[str, str], client: httpx.AsyncClient) -> None:
    check_problem(await client.get("/api/v1/products", headers=given), 431, "headers-too-large")
    check_page(await client.get("/search", headers=given), 431)


@pytest.mark.parametrize("cookie", ["session=" + "a" * 8_184, ";".join(["a=1"] * 200)], ids=["8192_bytes", "200_cookies"])
async def test_cookies_up_to_the_limit_are_read(cookie: str, client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/products", headers={"cookie": cookie})).status_code == 200


async def test_a_query_over_16_kilobytes_answers_431(client: httpx.AsyncClient) -> None:
    check_problem(await client.get(f"/api/v1/products?q={'a' * 17_000}"), 431, "headers-too-large")


@pytest.mark.parametrize("value", ["Bearer x", "Bearer", "Basic eA==", "bearer mk_" + "a" * 5000, "Bearer \u00ff", "Bearer a b"])
async def test_a_key_that_does_not_hold_answers_401(value: str, client: httpx.AsyncClient) -> None:
    given: Any = {"authorization": value.encode("latin-1")}
    answer = await client.get("/api/v1/products?limit=1", headers=given)
    check_problem(answer, 401, "sign-in-needed")
    assert answer.headers["www-authenticate"] == 'Bearer realm="api"'
    check_page(await client.get("/search", headers=given), 401)


@pytest.mark.parametrize("cookie", ["session=\u00ff\u00fe", "session=", "session=a; session=b", "=;;;=", "session=" + "a" * 5000, "session=%00"])
async def test_a_session_that_does_not_hold_is_nobody(cookie: str, client: httpx.AsyncClient) -> None:
    given: Any = {"cookie": cookie.encode("latin-1")}
    assert (await client.get("/api/v1/products?limit=1", headers=given)).status_code == 200
    check_problem(await client.get("/api/v1/cart", headers=given), 401, "sign-in-needed")


@pytest.mark.parametrize("language", ["x" * 5000, "vi;q=NaN", ";;;,,,", "\u00ff", "vi;q=1e999, ar;q=-1", "*"])
async def test_a_language_that_is_none_is_read_as_english_or_its_best_part(language: str, client: httpx.AsyncClient) -> None:
    given: Any = {"accept-language": language.encode("latin-1")}
    assert (await client.get("/search", headers=given)).status_code == 200


@pytest.mark.parametrize("given", ["short", "a" * 65, "a b c d e f", "\u00ff" * 10])
async def test_a_request_id_that_is_none_is_replaced(given: str, client: httpx.AsyncClient) -> None:
    named: Any = {"x-request-id": given.encode("latin-1")}
    assert (await client.get("/health/live", headers=named)).headers["x-request-id"] != given
    assert (await client.get("/health/live", headers={"x-request-id": "abcdefgh-1"})).headers["x-request-id"] == "abcdefgh-1"


async def test_a_problem_is_told_in_the_readers_language(client: httpx.AsyncClient) -> None:
    english = (await client.get("/api/v1/products?limit=0")).json()
    vietnamese = (await client.get("/api/v1/products?limit=0", headers={"accept-language": "vi"})).json()
    assert english["errors"] == [{"pointer": "/limit", "code": "too-low", "message": "Give 1 or more."}]
    assert vietnamese["errors"][0]["code"] == "too-low"
    assert vietnamese["errors"][0]["message"] != english["errors"][0]["message"]
    assert vietnamese["title"] != english["title"]


async def test_a_state_out_of_order_answers_409_and_says_what_is_possible(
    as_supplier_a: httpx.AsyncClient, world: World, rolled_back: Connection
) -> None:
    assert rolled_back
    shipped = [item for item in (await as_supplier_a.get("/api/v1/orders?limit=50")).json()["items"] if item["state"] != "awaiting_acceptance"]
    assert shipped, world.own["supplier"]
    answer = await as_supplier_a.post(
        f"/api/v1/orders/{shipped[0]['id']}/accept", json={"version": shipped[0]["version"]}, headers={"idempotency-key": uuid4().hex}
    )
    told = check_problem(answer, 409, "invalid-transition")
    assert told["current"] == shipped[0]["state"]
    assert "accepted" not in told["allowed"] or told["current"] == "awaiting_acceptance"


async def test_a_version_that_is_stale_answers_412(as_supplier_a: httpx.AsyncClient, rolled_back: Connection) -> None:
    assert rolled_back
    waiting = [item for item in (await as_supplier_a.get("/api/v1/orders?limit=50")).json()["items"] if item["state"] == "awaiting_acceptance"]
    answer = await as_supplier_a.post(
        f"/api/v1/orders/{waiting[0]['id']}/accept", json={"version": waiting[0]["version"] + 7}, headers={"idempotency-key": uuid4().hex}
    )
    check_problem(answer, 412, "version-conflict")
