"""Owns finding the messages in Python files: gettext calls, and what error classes, field errors and places say."""

from __future__ import annotations

import ast
from typing import IO, TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

Found = tuple[int, str, str | tuple[str, str], list[str]]

SINGLE: Final = frozenset({"_", "gettext", "lazy", "raw_gettext"})
PLURAL: Final = frozenset({"ngettext", "raw_ngettext"})
# Which argument carries the message, by position and by name.
CARRIERS: Final = {"FieldError": ((2, "message"),), "Nav": ((0, "title"),), "Job": ((3, "title"), (4, "about"))}


def extract(fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Found]:  # noqa: ARG001 - babel passes them by name
    """Yield every message of a Python file, as babel's extraction methods do.

    Beside gettext calls these are the docstring's first line and `message` of a DomainError (a class that assigns `code` or `message` as text),
    the message of a FieldError, the title of a Nav, and what a Job is called and good for.
    """
    for node in ast.walk(ast.parse(fileobj.read())):
        if isinstance(node, ast.Call):
            yield from _of_call(node)
        elif isinstance(node, ast.ClassDef):
            yield from _of_class(node)


def _of_call(node: ast.Call) -> Iterator[Found]:
    name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if name in SINGLE and node.args:
        for text in _texts(node.args[0]):
            yield node.lineno, "gettext", text, []
    elif name in PLURAL and len(node.args) > 1:
        for one, many in zip(_texts(node.args[0]), _texts(node.args[1]), strict=False):
            yield node.lineno, "ngettext", (one, many), []
    elif name in CARRIERS:
        for position, keyword in CARRIERS[name]:
            values = [node.args[position]] if len(node.args) > position else [item.value for item in node.keywords if item.arg == keyword]
            for value in values:
                for text in _texts(value):
                    yield node.lineno, "gettext", text, []


def _of_class(node: ast.ClassDef) -> Iterator[Found]:
    assigned = {
        target.id: item.value for item in node.body if isinstance(item, ast.Assign) for target in item.targets if isinstance(target, ast.Name)
    }
    is_error = any(_texts(assigned.get(name)) for name in ("code", "message")) or any(
        isinstance(base, ast.Name) and base.id == "DomainError" for base in node.bases
    )
    if not is_error:
        return
    title = (ast.get_docstring(node) or "").strip().splitlines()
    if title:
        yield node.lineno, "gettext", title[0].rstrip("."), []
    for text in _texts(assigned.get("message")):
        yield node.lineno, "gettext", text, []


def _texts(value: ast.expr | None) -> list[str]:
    """Give the strings that an expression may be: a literal, or either side of a choice."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value.strip():
        return [value.value]
    if isinstance(value, ast.IfExp):
        return [*_texts(value.body), *_texts(value.orelse)]
    return []
