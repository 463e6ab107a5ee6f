"""Owns what can go wrong with a file of rows as a whole; what is wrong with a row is told by whoever reads it."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class FileMissing(DomainError):
    """No file was sent"""

    status = 422
    code = "file-missing"
    message = "Choose a file: CSV, XLSX or JSON lines (.jsonl)."


class FileEmpty(DomainError):
    """The file is empty"""

    status = 422
    code = "file-empty"
    message = "The file has nothing in line 1: it begins with the names of its columns, and one row a line follows."


class FormatUnknown(DomainError):
    """This is no file of rows"""

    status = 422
    code = "format-unknown"
    message = "What is in the file does not agree with its name {name}: send .csv, .xlsx or .jsonl with such content."


class FormatOld(DomainError):
    """This kind of workbook is not read"""

    status = 422
    code = "format-old"
    message = "{name} is a workbook of an old kind (.xls), has macros (.xlsm) or a password; save it as .xlsx without them, or as CSV."


class EncodingUnknown(DomainError):
    """The letters of the file cannot be read"""

    status = 422
    code = "encoding-unknown"
    message = "Line {line} (byte {byte}) is not UTF-8. Save the file as UTF-8, or as UTF-16 with its mark at the beginning."


class LineBroken(DomainError):
    """A line of the file cannot be read"""

    status = 422
    code = "line-broken"
    message = "Line {line} cannot be read: {reason}."


class HeadMissing(DomainError):
    """The head line is missing or has a blank name"""

    status = 422
    code = "head-missing"
    message = "Line 1 names the columns, and column {column} has no name there."


class HeadDoubled(DomainError):
    """Two columns have one name"""

    status = 422
    code = "head-doubled"
    message = "Line 1 names {name} and {other}, which is the same name; each column needs one of its own."


class ColumnsUnknown(DomainError):
    """The mapping names what is not there"""

    status = 422
    code = "columns-unknown"
    message = "The mapping names columns that are not in the file, twice, or not known: {names}."


class ColumnsLacking(DomainError):
    """The columns do not say enough"""

    status = 422
    code = "columns-lacking"
    message = "Say which columns hold {names}; without them the file cannot be checked."


class SheetTooLarge(DomainError):
    """The file has too much in it"""

    status = 413
    code = "sheet-too-large"
    message = "The file has more than {limit} {what}. Split it, or let the operator import it from the command line."


class ArchiveTooLarge(DomainError):
    """The workbook unpacks to too much"""

    status = 413
    code = "archive-too-large"
    message = "The workbook unpacks to more than this market opens: {reason}."


class WorkbookRefused(DomainError):
    """The workbook has parts that are not read"""

    status = 422
    code = "workbook-refused"
    message = "The workbook is not read: {reason}. Save the values alone as a new .xlsx or as CSV."


class ImportHasErrors(DomainError):
    """Some rows have errors"""

    status = 409
    code = "import-has-errors"
    message = "{wrong} of {rows} rows have errors, so nothing was applied. Correct the file, or apply the rows without errors alone."


class FileStopped(DomainError):
    """The work on the file stopped"""

    status = 422
    code = "file-stopped"
    message = "Something that nobody foresaw stopped the work on this file. Send it again; if it stops again, tell the operator."


class FileGone(DomainError):
    """The file is no longer kept"""

    status = 410
    code = "file-gone"
    message = "The file is no longer kept; send it again."
