"""Owns finding the house's own files for the tests that read them."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Package folder and its schema, lowest first.
STAIR = {
    "marketplace/kernel": "kernel",
    "marketplace/catalogue": "catalogue",
    "vendors": "vendors",
    "buyers": "buyers",
    "trust": "trust",
    "marketplace/trade": "trade",
    "services_addons": "services",
    "retention": "retention",
}
LEVELS = {"kernel": 0, "catalogue": 1, "vendors": 2, "buyers": 2, "trust": 3, "trade": 4, "services": 5, "retention": 6}
# Not rooms: the edge of HTTP belongs to the kernel as a whole.
NO_ROOMS = {"piccolo_migrations", "templates", "static", "locales", "__pycache__", "http"}


def may_read(schema: str, other: str) -> bool:
    """Tell whether SQL of one schema may read another: its own and those of lower packages."""
    return schema == other or LEVELS[other] < LEVELS[schema]


@cache
def tracked() -> tuple[Path, ...]:
    """List every file of the tree that belongs to it: what git tracks or would add, else all but what is made."""
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)  # noqa: S607
    if done.returncode == 0:
        return tuple(path for name in done.stdout.splitlines() if (path := ROOT / name).is_file())
    return tuple(path for path in ROOT.rglob("*") if path.is_file() and ".venv" not in path.parts)


def python_files(*folders: str) -> list[Path]:
    """List the Python files under these folders, the whole code when none is named."""
    wanted = folders or ("marketplace", *(folder for folder in STAIR if not folder.startswith("marketplace/")))
    return sorted(path for folder in wanted for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)


def rooms() -> list[tuple[str, Path]]:
    """List the rooms: schema of the package and folder."""
    return [
        (schema, folder)
        for package, schema in STAIR.items()
        for folder in sorted((ROOT / package).iterdir() if (ROOT / package).is_dir() else [])
        if folder.is_dir() and folder.name not in NO_ROOMS and any(folder.glob("*.py"))
    ]


@cache
def tree(path: Path) -> ast.Module:
    """Parse a file once."""
    return ast.parse(path.read_text("utf-8"))


def name_of(path: Path) -> str:
    """Give the path from the root, for messages."""
    return str(path.relative_to(ROOT))


def module_of(path: Path) -> str:
    """Give the dotted name of a file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imports_of(path: Path) -> set[str]:
    """List what a file imports, each as a dotted name with the imported attribute."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found
