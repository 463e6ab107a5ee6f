"""Tests that a CSV file of known columns is read line by line, and that each fault is told at its line."""

from __future__ import annotations

import csv

import pytest

from marketplace.kernel.csv_file import CELL_MAX, COLUMNS_MAX, FAULTS_MAX, LINES_MAX, CsvFile

COLUMNS = ("code", "price", "note")


def read(text: str) -> tuple[list[tuple[int, dict[str, str]]], list[tuple[str, str]]]:
    """Give the rows, and each fault as (pointer, its words)."""
    file = CsvFile(COLUMNS, needed=("code", "price"))
    rows = list(file.rows(text))
    return rows, [(one.pointer, str(one.message).format(**one.params)) for one in file.errors]


@pytest.mark.parametrize(
    "text,line",
    [
        ("code,price,note\nA,1\n", 2),
        ("\ufeffCode;Price\r\nA;1\r\n", 2),
        ("sep=;\ncode;price\nA;1\n", 3),
        ("SEP=,\r\nprice,code\r\n\r\n , \r\n1,A\r\n", 5),
        ('code,price\n" A ",1\n', 2),
        ("code,price\nA", 2),
    ],
)
def test_lines_are_read_under_their_columns_with_their_numbers(text: str, line: int) -> None:
    rows, faults = read(text)
    assert faults == []
    assert [(number, row["code"]) for number, row in rows] == [(line, "A")]
    assert set(rows[0][1]) == set(COLUMNS)
    assert rows[0][1]["note"] == ""


def test_what_was_put_before_a_cell_for_spreadsheets_is_taken_off() -> None:
    rows, _ = read("code,price,note\n'-A,1,'a\n")
    assert (rows[0][1]["code"], rows[0][1]["note"]) == ("-A", "'a")


@pytest.mark.parametrize(
    "text,expected",
    [
        ("", ("/text/1", "The file is empty.")),
        ("\ufeff \n", ("/text/1", "The file is empty.")),
        ("sep=;", ("/text/1", "The file is empty.")),
        ("code,price\nA,\x001\n", ("/text/2", "Line 2: there is a NUL byte; save the file as CSV in UTF-8.")),
        ('code,price\nA,"1\nB,2\n', ("/text/3", "Line 3: this is not CSV, such as a quote that is never closed.")),
        ("code,price,code\n", ("/text/1", "Line 1: the column “code” stands there twice.")),
        ("code,price,colour\n", ("/text/1", "Line 1: the column “colour” is not known here.")),
        (
            "code,price\n\n,,,\nA,1,5\n",
            ("/text/4", "Line 4 has 3 cells and the head 2; a cell with the separator in it, such as 8,50, stands in quotes."),
        ),
        ("code\n", ("/text/1", "Line 1: the column “price” is missing.")),
        (f"code,price\nA{',' * COLUMNS_MAX}\n", ("/text/2", "Line 2: there is more than such a file may hold.")),
        ("code,price\n" + "A,1\n" * LINES_MAX, (f"/text/{LINES_MAX + 1}", f"Line {LINES_MAX + 1}: there is more than such a file may hold.")),
    ],
    ids=lambda case: case[:20] if isinstance(case, str) else case[0],
)
def test_what_is_wrong_with_a_file_is_told_at_its_line(text: str, expected: tuple[str, str]) -> None:
    assert read(text)[1] == [expected]


@pytest.mark.parametrize("limit", [CELL_MAX, 2 * CELL_MAX])
def test_a_cell_is_too_long_whatever_limit_the_process_has_set(limit: int) -> None:
    before = csv.field_size_limit(limit)
    try:
        assert read(f"code,price\nA,{'1' * (CELL_MAX + 1)}\n")[1] == [("/text/2", "Line 2: there is more than such a file may hold.")]
    finally:
        csv.field_size_limit(before)


def test_no_more_faults_are_told_than_anybody_reads() -> None:
    assert len(read(",".join(f"x{number}" for number in range(60)))[1]) == FAULTS_MAX
