"""The house is laid out as it says: rooms, files, sizes, imports."""

from __future__ import annotations

import ast
import re

from tests.architecture.sources import NO_ROOMS, ROOT, STAIR, imports_of, module_of, name_of, python_files, rooms, tracked, tree

ROOM_FILES = {"__init__", "routes", "pages", "schemas", "service", "rules", "queries", "tables", "errors", "handlers", "jobs", "ports"}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "base"}
FILE_LINES_MAX = 400
TEST_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
ARGUMENTS_MAX = 6
# A site's whole working time, and everything that an audit row says: each is one call in many places.
MAY_TAKE_MORE = {"marketplace/kernel/calendar.py:ready_date", "marketplace/kernel/audit/service.py:record"}
FLOAT = re.compile(r"(float|float \| None|(list|set|Sequence)\[float\]|tuple\[float(, (float|\.\.\.))*\]|dict\[[^,]+, float\])")
MONEY_NAME = re.compile(r"(_minor|price|amount|freight|duty|gross|net|tax|fee|total)$")


def functions(node: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [item for item in ast.walk(node) if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_the_folder_that_holds_ground_floor_and_roof_imports_nothing() -> None:
    assert [type(node) for node in tree(ROOT / "marketplace/__init__.py").body] == [ast.Expr]


def test_every_package_and_room_says_what_it_owns_and_imports_nothing() -> None:
    wrong = []
    for path in python_files():
        if path.name == "__init__.py" and "piccolo_migrations" not in path.parts:
            body = tree(path).body
            if not (len(body) == 1 and isinstance(body[0], ast.Expr) and ast.get_docstring(tree(path))):
                wrong.append(name_of(path))
    assert wrong == []


def test_every_folder_with_code_is_a_package() -> None:
    folders = {path.parent for path in python_files() if "piccolo_migrations" not in path.parts}
    assert [name_of(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_rooms_have_only_the_files_that_rooms_have() -> None:
    wrong = [
        name_of(path)
        for _, room in rooms()
        for path in room.rglob("*.py")
        if path.stem not in ROOM_FILES and not re.fullmatch(r"(queries|rules|pages|routes|schemas)_[a-z]+(_[a-z]+)?", path.stem)
    ]
    assert wrong == []


def test_packages_hold_rooms_and_a_front_door_and_nothing_else() -> None:
    allowed = {"__init__", "package", "piccolo_app", "invariants"}
    packages = [folder for folder in STAIR if folder != "marketplace/kernel" and (ROOT / folder).is_dir()]
    wrong = [name_of(path) for folder in packages for path in (ROOT / folder).glob("*.py") if path.stem not in allowed]
    assert wrong == []


def test_no_file_is_called_after_nothing() -> None:
    assert [name_of(path) for path in python_files() if path.stem in FORBIDDEN_NAMES or re.search(r"_part\d", path.stem)] == []


def test_no_room_uses_another_rooms_queries_or_rules() -> None:
    wrong = []
    for _, room in rooms():
        own = module_of(room)
        for path in room.rglob("*.py"):
            for name in imports_of(path):
                match = re.match(r"(.+?)\.(queries|rules)(_[a-z_]+)?(\.|$)", name)
                if match and match.group(1) != own and any(match.group(1).startswith(folder.replace("/", ".")) for folder in STAIR):
                    wrong.append(f"{name_of(path)} imports {name}")
    assert wrong == []


def test_files_stay_small() -> None:
    code = [(path, FILE_LINES_MAX) for path in python_files() if "piccolo_migrations" not in path.parts]
    code += [(path, TEST_LINES_MAX) for path in python_files("tests")]
    long = {name_of(path): lines for path, most in code if (lines := len(path.read_text("utf-8").splitlines())) > most}
    assert long == {}


def test_functions_stay_short() -> None:
    long = {}
    for path in python_files() + python_files("tests"):
        if "piccolo_migrations" in path.parts:
            continue
        for item in functions(tree(path)):
            lines = (item.end_lineno or item.lineno) - item.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                long[f"{name_of(path)}:{item.name}"] = lines
    assert long == {}


def test_functions_take_few_arguments() -> None:
    many = {}
    for path in python_files():
        # What a handler takes is the shape of a request: its parameters are the API.
        if path.stem.split("_")[0] in {"routes", "pages", "cli"}:
            continue
        for item in functions(tree(path)):
            names = [argument.arg for argument in (*item.args.posonlyargs, *item.args.args, *item.args.kwonlyargs)]
            count = len([name for name in names if name not in {"self", "cls", "actor", "now", "locale"}])
            if count > ARGUMENTS_MAX and f"{name_of(path)}:{item.name}" not in MAY_TAKE_MORE:
                many[f"{name_of(path)}:{item.name}"] = count
    assert many == {}


def test_money_is_never_a_float() -> None:
    wrong = []
    for path in python_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                name, annotation = node.target.id, node.annotation
            elif isinstance(node, ast.arg) and node.annotation is not None:
                name, annotation = node.arg, node.annotation
            else:
                continue
            if MONEY_NAME.search(name) and FLOAT.fullmatch(ast.unparse(annotation)):
                wrong.append(f"{name_of(path)}:{node.lineno} {name}")
    assert wrong == []


def test_templates_carry_no_style_attribute() -> None:
    pages = [path for path in tracked() if path.suffix in {".html", ".svg"} and "docs" not in path.parts and "tests" not in path.parts]
    assert pages
    assert [name_of(path) for path in pages if re.search(r"\sstyle\s*=", path.read_text("utf-8"))] == []


def test_the_tree_names_no_machine_and_no_registry() -> None:
    pattern = re.compile(
        rb"(?<![\w.-])/(work|root|Users)/|(?<![\w.-])/home/\w|files\.pythonhosted\.org|//pypi\.org|--(extra-)?index-url|registry\.npmjs\.org"
    )
    allowed = {"tests/architecture/test_layout.py"}
    wrong = [
        f"{name_of(path)}: {match.group()!r}" for path in tracked() if name_of(path) not in allowed and (match := pattern.search(path.read_bytes()))
    ]
    assert wrong == []


def test_the_list_of_folders_that_are_no_rooms_is_short() -> None:
    assert len(NO_ROOMS) <= 6
