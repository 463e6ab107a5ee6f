"""Owns the words of why a line or a workbook is not read; whoever finds it names a code, and the reader's language is chosen when it is told."""

from __future__ import annotations

from typing import Any

from marketplace.kernel.i18n import lazy
from marketplace.kernel.wording import Phrase

REASONS = {
    "rows": lazy("rows"),
    "columns": lazy("columns"),
    "cell-long": lazy("a cell has more than {limit} characters, or a quote is never closed"),
    "quote-open": lazy("a quote is opened and never closed"),
    "quote-inside": lazy("a quote stands in the middle of a cell; double it"),
    "return-inside": lazy("it has a carriage return in the middle"),
    "nul": lazy("it has a NUL character"),
    "half-letter": lazy("it has half of a letter (a lone surrogate)"),
    "not-object": lazy("it is not a JSON object"),
    "not-json": lazy("it is not a JSON object whose names each come once"),
    "archive-unreadable": lazy("its archive cannot be read ({value})"),
    "parts": lazy("it has more than {limit} parts"),
    "unpacked": lazy("it unpacks to more than {limit} MB"),
    "ratio": lazy("a part of it unpacks to more than {limit} times its size"),
    "path": lazy("a part of it has a path that leads elsewhere"),
    "link": lazy("a part of it is a link to another file"),
    "nested": lazy("it has another archive inside"),
    "overlap": lazy("its parts overlap"),
    "links-out": lazy("it links to other files"),
    "embedded": lazy("it has other files inside"),
    "no-sheets": lazy("it has no sheets"),
    "hidden": lazy("it has hidden sheets"),
    "entities": lazy("its description has entities"),
    "sheet-large": lazy("a sheet is larger than its archive says"),
    "formula": lazy("cell {value} has a formula"),
    "formulas": lazy("it has formulas"),
    "memory": lazy("it needs more memory than is given to one workbook"),
    "broken": lazy("it is broken ({value})"),
    "slow": lazy("it takes too long to read"),
    "died": lazy("it takes more memory or time than is given to one workbook"),
    "text": lazy("its cells hold too much text"),
}


def reason(code: str, **params: Any) -> Phrase:
    """Give the words for a code, with what they name: a limit, a cell, what the archive's reader called it."""
    return Phrase(REASONS[code], params)
