"""Tests of the command line as a stranger and a script meet it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from marketplace.cli import cli

if TYPE_CHECKING:
    from marketplace.kernel.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ["serve", "worker", "migrate", "demo", "seed", "import", "search", "trust", "doctor"]
FOR_SCRIPTS = [
    ["migrate"],
    ["seed"],
    ["import", "products"],
    ["import", "offers"],
    ["search", "words"],
    ["search", "run"],
    ["trust", "replay"],
    ["doctor"],
    ["demo"],
]


def marketplace(settings: Settings, *words: str, expect: int = 0) -> str:
    """Run a command as a process of its own against a database and give what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": settings.database_url, "SECRET_KEY": settings.secret_key}
    environment["DATABASE_OWNER_URL"] = settings.database_owner_url
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", "marketplace", *words], env=environment, cwd="/", capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == expect, done.stderr + done.stdout
    return done.stdout


def test_the_first_help_names_every_command_and_what_it_does() -> None:
    answer = CliRunner().invoke(cli, ["--help"])
    assert answer.exit_code == 0
    for command in COMMANDS:
        assert f"\n  {command} " in answer.output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_each_of_its_options(command: str) -> None:
    found = cli.commands[command]
    assert found.help is not None
    assert len(found.help) > 40
    assert CliRunner().invoke(cli, [command, "--help"]).exit_code == 0
    assert [option.name for option in found.params if isinstance(option, click.Option) and not option.help] == []


@pytest.mark.parametrize("words", FOR_SCRIPTS, ids=" ".join)
def test_what_a_script_reads_has_json(words: list[str]) -> None:
    assert "--json" in CliRunner().invoke(cli, [*words, "--help"]).output


def test_an_unknown_command_ends_with_two() -> None:
    assert CliRunner().invoke(cli, ["open-sesame"]).exit_code == 2


def test_a_bad_setting_is_one_line_and_no_trace() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "POOL_SIZE": "many"}
    done = subprocess.run([sys.executable, "-m", "marketplace", "migrate"], env=environment, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "pool_size" in done.stderr


def test_migrating_again_says_that_there_is_nothing_to_do(empty_database: Settings) -> None:
    assert json.loads(marketplace(empty_database, "migrate", "--json")) == {"ran": []}
    assert marketplace(empty_database, "migrate") == "Nothing to do: every migration has run.\n"


def test_doctor_is_well_on_an_empty_market(empty_database: Settings) -> None:
    report = json.loads(marketplace(empty_database, "doctor", "--json"))
    assert (report["is_well"], report["findings"], report["pending_migrations"]) == (True, [], [])
    assert report["checks"] >= 20
    assert marketplace(empty_database, "doctor").endswith(": all is well.\n")


def test_search_of_an_empty_market_finds_nothing(empty_database: Settings) -> None:
    assert json.loads(marketplace(empty_database, "search", "--json", "bearing")) == {"items": []}
    assert marketplace(empty_database, "search", "bearing") == "Nothing found.\n"
