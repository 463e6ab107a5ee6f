"""Tests of what an installed package carries beside its modules."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("marketplace", "vendors", "buyers", "trust", "services_addons", "retention")
# These speak to who works on the source, and are of no use in an installation.
LEFT = {"README.md"}


def test_templates_static_files_and_catalogues_are_installed_with_their_package() -> None:
    setting = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]
    files = [
        path
        for name in PACKAGES
        for path in (ROOT / name).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"} and path.name not in LEFT
    ]
    # A pattern holds below each folder that is a package, so it is looked up from the innermost of them.
    kept = {
        path for name in PACKAGES for part in (ROOT / name).rglob("__init__.py") for pattern in setting["*"] for path in part.parent.glob(pattern)
    }
    assert len([path for path in files if path.suffix == ".po"]) == 3
    assert [path.relative_to(ROOT).as_posix() for path in files if path not in kept] == []
