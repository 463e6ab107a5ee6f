"""What import-linter cannot see: files with a surname (`queries_facts`), transactions, clocks, errors, and the papers."""

from __future__ import annotations

import ast
import re
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from marketplace.app import PACKAGES
from marketplace.kernel import contracts
from marketplace.kernel.errors import DomainError
from tests.architecture.sources import ROOT, STAIR, imports_of, module_of, name_of, python_files, rooms, tree
from tests.architecture.test_layout import functions

if TYPE_CHECKING:
    from pathlib import Path

# Highest first, as in the contract of import-linter, which knows a file by its full name only.
ORDER = ({"routes", "pages", "handlers", "jobs"}, {"service"}, {"queries"}, {"tables"}, {"rules"}, {"ports"}, {"schemas", "errors"})
LEVEL = {name: number for number, names in enumerate(ORDER) for name in names}
# What runs the timers and looks after the installation asks the clock itself; everybody else is told the moment.
OWN_CLOCK = {"marketplace/kernel/jobs/service.py", "marketplace/kernel/doctor/service.py"}
POSITIONAL_MAX = 2
# The words of a change in the order in which they are read: this thing, from here, to there.
MAY_READ_AS_A_SENTENCE = {"marketplace/kernel/machine/service.py:log"}
PAPER_LINES_MAX = 40


def files(*first_names: str) -> list[Path]:
    return [path for _, room in rooms() for path in sorted(room.glob("*.py")) if path.stem.split("_")[0] in first_names]


def called(path: Path) -> list[tuple[int, str]]:
    return [(node.lineno, ast.unparse(node.func)) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]


def test_a_file_with_a_surname_keeps_the_order_of_its_room() -> None:
    wrong = []
    for _, room in rooms():
        own = f"{module_of(room)}."
        for path in files_of(room):
            level = LEVEL[path.stem.split("_")[0]]
            for name in imports_of(path):
                other = name.removeprefix(own).split(".")[0].split("_")[0] if name.startswith(own) else ""
                if other in LEVEL and LEVEL[other] < level:
                    wrong.append(f"{name_of(path)} imports {name}")
    assert wrong == []


def files_of(room: Path) -> list[Path]:
    return [path for path in sorted(room.glob("*.py")) if path.stem.split("_")[0] in LEVEL]


def test_http_and_sql_stop_where_they_must_in_files_with_a_surname_too() -> None:
    wrong = [f"{name_of(path)} imports litestar" for path in files(*(LEVEL.keys() - {"routes", "pages"})) if reaches(path, "litestar")]
    wrong += [f"{name_of(path)} imports SQL" for path in files(*(LEVEL.keys() - {"queries", "tables"})) if reaches(path, "asyncpg", "piccolo")]
    assert wrong == []


def reaches(path: Path, *roots: str) -> bool:
    return any(name.split(".")[0] in roots for name in imports_of(path))


def test_services_open_transactions_and_nobody_above_them() -> None:
    openers = {"transaction", "reading", "savepoint"}
    wrong = [
        f"{name_of(path)}:{line} {name}"
        for path in files("routes", "pages", "handlers", "jobs", "schemas", "rules", "errors", "ports")
        for line, name in called(path)
        if name.rsplit(".", 1)[-1] in openers
    ]
    assert wrong == []


def test_the_present_moment_is_passed_in() -> None:
    asking = [
        f"{name_of(path)}:{line}" for path in files("service", "rules", "queries", "tables") for line, name in called(path) if name == "clock.now"
    ]
    assert [place for place in asking if place.rsplit(":", 1)[0] not in OWN_CLOCK] == []


def test_rows_are_read_by_sql_and_never_as_objects() -> None:
    names = (".objects", ".select", ".insert", ".update", ".delete", ".save")
    slow = [
        f"{name_of(path)}:{line} {name}"
        for path in files("queries", "service")
        for line, name in called(path)
        if name.endswith(names) and name.split(".")[0][:1].isupper()
    ]
    assert slow == []


def test_a_use_case_names_its_terms() -> None:
    wrong = []
    for path in files("service"):
        for item in functions(tree(path)):
            places = [argument.arg for argument in (*item.args.posonlyargs, *item.args.args) if argument.arg not in {"self", "cls"}]
            name = f"{name_of(path)}:{item.name}"
            if len(places) > POSITIONAL_MAX and not item.name.startswith("_") and name not in MAY_READ_AS_A_SENTENCE:
                wrong.append(f"{name}{places}")
    assert wrong == []


def errors() -> list[type[DomainError]]:
    found, waiting = [], [DomainError]
    while waiting:
        children = waiting.pop().__subclasses__()
        found += children
        waiting += children
    return [error for error in found if error.__module__.split(".")[0] != "tests"]


def test_every_error_has_a_title_a_code_of_its_own_and_a_status_of_the_callers_side() -> None:
    assert PACKAGES
    everything = errors()
    codes = Counter(error.code for error in everything if "code" in vars(error))
    assert {code: number for code, number in codes.items() if number > 1} == {}
    assert [code for code in codes if not re.fullmatch(r"[a-z]+(-[a-z]+)*", code)] == []
    assert [error.__name__ for error in everything if not error.__doc__ or error.__doc__.endswith(".")] == []
    ours = {error.code for error in everything if error.status >= 500}
    assert ours == {"internal-error", "unavailable"}


def test_every_fact_stands_on_the_one_page_and_can_be_stored() -> None:
    facts = contracts.Fact.__subclasses__()
    assert {fact.__module__ for fact in facts if fact.__module__.split(".")[0] != "tests"} == {"marketplace.kernel.contracts"}
    heard = {handler.fact for package in PACKAGES for handler in package.handlers}
    assert heard <= set(facts)
    for fact in facts:
        assert msgspec.json.schema(fact)["$defs"][fact.__name__]["type"] == "object"


def test_a_decision_is_told_on_a_page() -> None:
    papers = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [path.name[:3] for path in papers] == [f"{number:03}" for number in range(1, len(papers) + 1)]
    # Where the tables of the first issues stand fills two pages.
    assert [
        path.name for path in papers if len(path.read_text("utf-8").splitlines()) > PAPER_LINES_MAX * (2 if path.name.startswith("001") else 1)
    ] == []


def test_the_papers_name_only_what_exists() -> None:
    missing = []
    for name in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", *(str(path.relative_to(ROOT)) for path in (ROOT / "docs/decisions").glob("*.md"))):
        text = (ROOT / name).read_text("utf-8")
        places = re.findall(r"`((?:marketplace|vendors|buyers|trust|services_addons|retention|scripts|tests|docs)/[\w./-]+)`", text)
        missing += [f"{name}: {place}" for place in places if not (ROOT / place).exists()]
        for module in re.findall(r"`((?:marketplace|kernel|trade|vendors|buyers|trust|services_addons)(?:\.[a-z_]+)+)`", text):
            missing += [f"{name}: {module}"] if not stands(module) else []
    assert missing == []


def stands(module: str) -> bool:
    head, _, rest = module.partition(".")
    folder = next((path for path in STAIR if path.split("/")[-1] == head), head)
    place = ROOT.joinpath(folder, *rest.split("."))
    return place.exists() or place.with_suffix(".py").exists() or is_table(head, rest)


def is_table(schema: str, name: str) -> bool:
    return any(f'tablename="{name}"' in path.read_text("utf-8") for path in python_files() if path.stem == "tables" and schema in path.parts)
