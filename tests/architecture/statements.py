"""Owns finding the SQL in Python files: constants, f-strings and sums of them, with what a name stands for filled in."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from pglast import parse_sql
from pglast.ast import CommonTableExpr, DeleteStmt, InsertStmt, LockingClause, MergeStmt, RangeVar, UpdateStmt
from pglast.parser import ParseError
from pglast.visitors import Visitor

from tests.architecture.sources import LEVELS, module_of, tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

VERB = re.compile(r"^\s*(--[^\n]*\n\s*)*(SELECT|INSERT|UPDATE|DELETE|WITH|MERGE|COPY|ALTER|CREATE|DROP|GRANT|COMMENT|DO)\b")
MENTION = re.compile(rf"(?<![\w.'])\"?({'|'.join(LEVELS)})\"?\.\"?[a-z_]+")
WRITE = re.compile(
    rf"\b(?:INSERT\s+INTO|DELETE\s+FROM|UPDATE(?!\s+SET|\s+OF)|ALTER\s+TABLE(?:\s+ONLY)?|CREATE\s+TABLE|DROP\s+TABLE)\s+\"?({'|'.join(LEVELS)})\"?\.",
    re.IGNORECASE,
)


class Use(NamedTuple):
    """What a statement touches: schema and table names; a table without a schema has "" there."""

    read: set[tuple[str, str]]
    written: set[tuple[str, str]]
    is_parsed: bool


def module_at(path: Path) -> ModuleType:
    """Import a file of the house, a migration by its path because it has no package."""
    if "piccolo_migrations" not in path.parts:
        return importlib.import_module(module_of(path))
    known = sys.modules.get(path.stem)
    if known is not None:
        return known
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def statements(path: Path) -> list[tuple[int, str]]:
    """List the SQL texts of a file with their lines; what cannot be known before it runs stands as `x`."""
    names = vars(module_at(path))
    inner = {
        id(child) for node in ast.walk(tree(path)) if isinstance(node, ast.JoinedStr | ast.BinOp) for child in ast.walk(node) if child is not node
    }
    found = []
    for node in ast.walk(tree(path)):
        if id(node) in inner or not isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
            continue
        text = _text(node, names)
        if text is not None and VERB.match(text):
            found.append((node.lineno, text))
    return found


def _text(node: ast.expr, names: dict[str, object]) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left, names), _text(node.right, names)
        return f"{left if left is not None else 'x'}{right if right is not None else 'x'}" if left or right else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else _filled(part, names) for part in node.values)
    if isinstance(node, ast.Name) and isinstance(names.get(node.id), str):
        return str(names[node.id])
    return None


def _filled(part: ast.expr, names: dict[str, object]) -> str:
    assert isinstance(part, ast.FormattedValue)
    if isinstance(part.value, ast.Name) and isinstance(names.get(part.value.id), str | int):
        return str(names[part.value.id])
    return "x"


class _Tables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[tuple[str, str]] = set()
        self.written: set[tuple[str, str]] = set()
        self.named: set[str] = set()

    def visit_CommonTableExpr(self, _: object, node: CommonTableExpr) -> None:  # noqa: N802 - the visitor's name
        self.named.add(str(node.ctename))

    def visit_RangeVar(self, ancestors: object, node: RangeVar) -> None:  # noqa: N802 - the visitor's name
        # FOR UPDATE OF names aliases, not tables.
        if not any(isinstance(parent, LockingClause) for parent in _chain(ancestors)):
            self.seen.add((node.schemaname or "", str(node.relname)))

    def visit(self, _: object, node: object) -> None:
        if isinstance(node, InsertStmt | UpdateStmt | DeleteStmt | MergeStmt) and node.relation is not None:
            self.written.add((node.relation.schemaname or "", str(node.relation.relname)))


def _chain(ancestors: object) -> Iterator[object]:
    while ancestors is not None:
        yield getattr(ancestors, "node", None)
        ancestors = getattr(ancestors, "parent", None)


def use_of(sql: str) -> Use:
    """Tell which tables a statement reads and writes; a fragment that is no whole statement is read by its schema names."""
    try:
        parsed = parse_sql(sql)
    except ParseError:
        return Use({(schema, "") for schema in MENTION.findall(sql)}, {(schema, "") for schema in WRITE.findall(sql)}, is_parsed=False)
    visitor = _Tables()
    visitor(parsed)
    own = {("", name) for name in visitor.named}
    return Use(visitor.seen - own, visitor.written - own, is_parsed=True)
