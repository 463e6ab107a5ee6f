"""Owns the proof that the tests see: removes one guard at a time in a copy of the project and runs the tests that should miss it."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from marketplace.kernel.settings import checkout_dir
from marketplace.world.faults_list import FAULTS, Fault

LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "var", "pictures", "*.pyc", "*.egg-info")
PYTEST = ("-m", "pytest", "-x", "-q", "-rf", "-p", "no:cacheprovider", "--timeout=120")
FAILED = re.compile(r"^FAILED (\S+)", re.MULTILINE)
TAIL_LINES = 12


class SourceHasMoved(Exception):
    """A guard is not where the list says: the text that should be replaced is not in the file exactly once."""


class Verdict(msgspec.Struct, frozen=True):
    """What became of one fault. `by` names the test that failed, "" when none did."""

    fault: Fault
    by: str
    seconds: float
    output: str = ""


def changed(root: Path, fault: Fault) -> dict[Path, str]:
    """Give the files of a fault as they read without the guard. Raises: SourceHasMoved."""
    texts: dict[Path, str] = {}
    for cut in fault.cuts:
        path = root / cut.path
        text = texts.get(path) or path.read_text(encoding="utf-8")
        if text.count(cut.guard) != 1:
            raise SourceHasMoved(f"{fault.name}: {cut.path} holds {text.count(cut.guard)} times: {cut.guard}")
        texts[path] = text.replace(cut.guard, cut.instead)
    return texts


def _pytest(copy: Path, tests: tuple[str, ...], home: Path) -> tuple[int, str]:
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "TEST_DATA_DIR": str(home / "data")}
    done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, *PYTEST, *tests], cwd=copy, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False
    )
    return done.returncode, done.stdout


def try_fault(copy: Path, fault: Fault, home: Path) -> Verdict:
    """Remove the guard in the copy, run the tests beside it and put the guard back. A test that fails has caught it; an error elsewhere has not."""
    began = time.monotonic()
    kept = {path: path.read_text(encoding="utf-8") for path in (copy / cut.path for cut in fault.cuts)}
    for path, text in changed(copy, fault).items():
        path.write_text(text, encoding="utf-8")
    try:
        _, output = _pytest(copy, fault.tests, home)
    finally:
        for path, text in kept.items():
            path.write_text(text, encoding="utf-8")
    found = FAILED.search(output)
    return Verdict(fault, found.group(1) if found else "", time.monotonic() - began, output)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _chosen(arguments: list[str]) -> list[Fault]:
    parser = argparse.ArgumentParser(
        prog="scripts/faults", description="Remove one guard at a time in a copy of the project and see that a test fails for each."
    )
    parser.add_argument("--only", default="", metavar="WORD", help="only faults with this word in their name")
    parser.add_argument("--list", action="store_true", help="name the faults and their tests, run nothing")
    given = parser.parse_args(arguments)
    chosen = [fault for fault in FAULTS if given.only in fault.name]
    if given.list:
        for fault in chosen:
            _say(f"{fault.name}\n    {' '.join(fault.tests)}")
        raise SystemExit(0)
    return chosen


def main(arguments: list[str] | None = None) -> int:
    """Try the faults, say a line for each and at last how many were caught; 0 when all were."""
    chosen = _chosen(sys.argv[1:] if arguments is None else arguments)
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        home = Path(folder)
        # The embedded server may run as a user of its own.
        home.chmod(0o755)
        copy = home / "copy"
        shutil.copytree(checkout_dir(), copy, ignore=LEFT_OUT)
        status, output = _pytest(copy, tuple(dict.fromkeys(test for fault in chosen for test in fault.tests if not test.startswith("-"))), home)
        if status != 0:
            _say("\n".join(output.splitlines()[-TAIL_LINES:]))
            _say("the tests fail without any fault, so they can catch none")
            return 2
        verdicts = []
        for fault in chosen:
            verdict = try_fault(copy, fault, home)
            verdicts.append(verdict)
            _say(f"{'caught' if verdict.by else 'MISSED'} {verdict.seconds:5.1f} s  {fault.name}{' by ' + verdict.by if verdict.by else ''}")
            if not verdict.by:
                _say("\n".join(f"    {line}" for line in verdict.output.splitlines()[-TAIL_LINES:]))
    caught = sum(1 for verdict in verdicts if verdict.by)
    _say(f"{caught} of {len(verdicts)} faults caught")
    return 0 if caught == len(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
