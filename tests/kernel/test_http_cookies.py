"""Tests that a session's cookie never travels in the clear, and what it allows."""

from __future__ import annotations

import os
import subprocess
import sys

import msgspec
import pytest
from litestar import Response

from marketplace.app import assemble
from marketplace.kernel.http.cookies import clear_session, read_cookie, session_cookie_name, set_session
from marketplace.kernel.settings import BadSetting, Settings
from tests.architecture.sources import ROOT

SETTINGS = Settings(secret_key="only for tests: 0123456789abcdef")


def at(address: str) -> Settings:
    return msgspec.structs.replace(SETTINGS, public_url=address)


@pytest.mark.parametrize(
    "address",
    [
        "http://market.example",
        "http://192.0.2.7:8000",
        "http://127.0.0.1.market.example",
        "http://localhost.market.example",
        "ftp://127.0.0.1",
        "market.example",
        "https://",
    ],
)
def test_nothing_starts_where_sessions_would_travel_in_the_clear(address: str) -> None:
    with pytest.raises(BadSetting, match="PUBLIC_URL"):
        assemble(at(address))


@pytest.mark.parametrize("address", ["https://market.example", "http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_https_or_this_machine_alone_is_private(address: str) -> None:
    assert assemble(at(address)).settings.public_url == address


@pytest.mark.slow
def test_the_command_says_so_in_one_line(database: Settings) -> None:
    given = {"DATABASE_URL": database.database_url, "SECRET_KEY": SETTINGS.secret_key, "PUBLIC_URL": "http://market.example"}
    words = [sys.executable, "-m", "marketplace", "serve", "--port", "18913"]
    done = subprocess.run(words, env={**os.environ, **given}, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)  # noqa: S603
    assert done.returncode == 1
    assert [line.split(" begins")[0] for line in done.stderr.splitlines()] == ["marketplace: PUBLIC_URL"]


def test_a_short_secret_starts_nothing() -> None:
    with pytest.raises(BadSetting, match="SECRET_KEY"):
        assemble(msgspec.structs.replace(SETTINGS, secret_key="fifteen letters"))


def test_behind_https_the_cookie_is_bound_to_its_host_and_to_https() -> None:
    settings = at("https://market.example")
    assert session_cookie_name(settings) == "__Host-session"
    response = Response(b"")
    set_session(response, settings, "token")
    (cookie,) = response.cookies
    assert (cookie.key, cookie.secure, cookie.httponly, cookie.samesite, cookie.path, cookie.domain) == (
        "__Host-session",
        True,
        True,
        "lax",
        "/",
        None,
    )
    assert cookie.max_age == settings.session_hours * 3600


def test_on_this_machine_the_cookie_has_another_name_because_a_browser_refuses_the_prefix_without_https() -> None:
    response = Response(b"")
    set_session(response, at("http://127.0.0.1:8000"), "token")
    (cookie,) = response.cookies
    assert (cookie.key, cookie.secure, cookie.httponly, cookie.samesite) == ("session", False, True, "lax")


def test_signing_out_takes_the_same_cookie_away() -> None:
    response = Response(b"")
    clear_session(response, at("https://market.example"))
    (cookie,) = response.cookies
    assert (cookie.key, cookie.value, cookie.max_age, cookie.secure, cookie.path) == ("__Host-session", "", 0, True, "/")


def test_the_first_of_two_cookies_of_one_name_counts_and_a_longer_name_is_another() -> None:
    assert read_cookie(b"a=1; session=first; session=second", b"session") == "first"
    assert read_cookie(b"xsession=1; session.x=2", b"session") == ""
    assert read_cookie(b"", b"session") == ""
