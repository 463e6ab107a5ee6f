"""Tests of what goes wrong on the command line: one clear line, an exit status that is not 0, and never a trace."""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from marketplace.kernel.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
NOBODY_THERE = "postgresql://someone:hemlig@127.0.0.1:1/market"
TALKS_TO_THE_DATABASE = [["doctor"], ["migrate"], ["worker"], ["serve"], ["search", "x"], ["seed"], ["demo"]]


def failed(*words: str, **settings: str) -> tuple[int, str]:
    """Run a command that cannot do its work; give its exit status and what it said, which is no trace."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("DATABASE_")}
    environment = {**own, "PYTHONPATH": str(ROOT), "SECRET_KEY": "0123456789abcdef0123456789abcdef", **settings}
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", "marketplace", *words], env=environment, cwd="/", capture_output=True, encoding="utf-8", check=False, timeout=60
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stdout == ""
    return done.returncode, done.stderr.strip()


@pytest.mark.parametrize("words", TALKS_TO_THE_DATABASE, ids=" ".join)
def test_a_database_that_does_not_answer_is_one_line_without_its_password(words: list[str], tmp_path: Path) -> None:
    status, said = failed(*words, DATABASE_URL=NOBODY_THERE, DATA_DIR=str(tmp_path))
    assert status == 1
    assert said.startswith("marketplace: DATABASE_URL: the database cannot be reached")
    assert said.count("\n") == 0
    assert "hemlig" not in said


def test_an_address_that_is_none_is_one_line(tmp_path: Path) -> None:
    status, said = failed("doctor", DATABASE_URL="nonsense", DATA_DIR=str(tmp_path))
    assert (status, said.count("\n")) == (1, 0)
    assert "DATABASE_URL" in said


def test_an_unreachable_address_of_the_owner_names_its_setting(database: Settings, tmp_path: Path) -> None:
    status, said = failed("migrate", DATABASE_URL=database.database_url, DATABASE_OWNER_URL=NOBODY_THERE, DATA_DIR=str(tmp_path))
    assert status == 1
    assert said.startswith("marketplace: DATABASE_OWNER_URL: ")


def test_a_data_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    status, said = failed("doctor", DATA_DIR=str(tmp_path / "file"))
    assert (status, said.count("\n")) == (1, 0)
    assert "set DATA_DIR to another one" in said


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_taken_port_is_told_before_anything_starts(command: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, said = failed(command, "--port", port, DATA_DIR=str(tmp_path / "data"))
    assert status == 1
    assert "taken" in said
    assert port in said
    assert not (tmp_path / "data").exists()


def test_a_file_that_the_demo_cannot_write_is_told_before_anything_starts(tmp_path: Path) -> None:
    status, said = failed("demo", "--json", str(tmp_path / "none" / "world.json"), DATA_DIR=str(tmp_path / "data"))
    assert status == 1
    assert "cannot be written" in said
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("words", [["demo", "--catalogue"], ["import", "products"]], ids=" ".join)
def test_a_file_that_is_not_there_is_told(words: list[str], tmp_path: Path) -> None:
    status, said = failed(*words, str(tmp_path / "none.jsonl.gz"), DATA_DIR=str(tmp_path / "data"))
    assert status == 2
    assert "does not exist" in said


def test_a_file_that_breaks_off_is_told(empty_database: Settings, tmp_path: Path) -> None:
    file = tmp_path / "products.jsonl.gz"
    file.write_bytes(gzip.compress(b'{"id": "1", "name": "A", "title": "A"}\n' * 400)[:-20])
    status, said = failed("import", "products", str(file), DATABASE_URL=empty_database.database_url, DATA_DIR=str(tmp_path))
    assert status == 1
    assert "cannot be read" in said
    assert said.count("\n") == 0


@pytest.mark.parametrize(
    "words, named",
    [(["nope"], "nope"), (["seed", "--nope"], "--nope"), (["seed", "--products", "many"], "--products"), (["serve", "--port", "70000"], "--port")],
    ids=lambda given: " ".join(given) if isinstance(given, list) else None,
)
def test_words_that_are_no_command_end_with_two_and_name_what_was_wrong(words: list[str], named: str) -> None:
    status, said = failed(*words)
    assert status == 2
    assert named in said
    assert said.startswith("Usage: marketplace")
