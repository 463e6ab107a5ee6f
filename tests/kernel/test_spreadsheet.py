"""Tests of tables as files: nothing in a cell runs, and what was guarded reads as it was."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from marketplace.kernel import spreadsheet

RISKY = ["=1+1", "+49 40", "-12", "@SUM(A1)", "\tx", "\rx", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201", "'=1", "''-2"]
PLAIN = ["0012", "a=b", "'quoted'", "", "Ö-Ring", "'"]


@pytest.mark.parametrize("text", RISKY)
def test_a_text_that_begins_like_a_formula_is_marked_and_reads_back(text: str) -> None:
    assert spreadsheet.guarded(text) == f"'{text}"
    assert spreadsheet.unguarded(f"'{text}") == text


@pytest.mark.parametrize("text", PLAIN)
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert spreadsheet.guarded(text) == text
    assert spreadsheet.unguarded(text) == text


def test_lines_of_csv_keep_numbers_as_numbers_and_mark_texts_alone() -> None:
    written = spreadsheet.csv_lines([["-5", -5, Decimal("-0.50"), Decimal("1E+3"), None, "a,b"]])
    assert written == '\'-5,-5,-0.50,1000,,"a,b"\r\n'
    assert next(csv.reader(io.StringIO(written))) == ["'-5", "-5", "-0.50", "1000", "", "a,b"]


def test_a_workbook_holds_texts_as_texts_and_short_numbers_as_numbers() -> None:
    rows: list[list[spreadsheet.Cell]] = [["sku", "price"], ["0012", Decimal("8.860000")], ["=1+1", 12345678901234567]]
    book = CalamineWorkbook.from_filelike(io.BytesIO(spreadsheet.xlsx_bytes(sheet="Offers", rows=rows)))
    assert book.get_sheet_by_name("Offers").to_python() == [["sku", "price"], ["0012", 8.86], ["'=1+1", "12345678901234567"]]
