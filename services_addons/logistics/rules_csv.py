"""Owns a freight table as a CSV file: written so that it can be taken back in, read all or nothing with each fault at its line. Pure."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec

from marketplace.kernel.csv_file import BAD_VALUE, CsvFile
from marketplace.kernel.currencies import CURRENCIES, exponent
from marketplace.kernel.errors import FieldError
from marketplace.kernel.i18n import lazy
from marketplace.kernel.spreadsheet import csv_lines
from services_addons.logistics.errors import BadFreightFile
from services_addons.logistics.rules_areas import RANGE
from services_addons.logistics.rules_numbers import measure_decimals, percent_of, read_number, write_amount, write_number
from services_addons.logistics.schemas import FreightTableIn

if TYPE_CHECKING:
    from services_addons.logistics.schemas import FreightTableOut

COLUMNS: Final = (
    "record", "zone", "country", "postal", "up_to", "amount", "transit_days", "minimum", "free_from", "step", "step_amount", "code", "name", "kind", "value",
    "valid_from", "valid_to", "currency", "basis", "volumetric_divisor", "source",
)  # fmt: skip
RECORDS: Final = ("table", "zone", "area", "rate", "surcharge")
BASES: Final = ("weight", "volume", "pallets", "value")
NEEDED: Final = ("record", "zone", "country", "up_to", "amount", "transit_days", "currency", "name")
NO_RECORD: Final = lazy("Line {line}: “record” is table, zone, area, rate or surcharge.")
ONE_TABLE: Final = lazy("Line {line}: a file holds exactly one record “table”, before all others.")
NO_ZONE: Final = lazy("Line {line}: no record “zone” above this line is called “{zone}”.")
BAD_NUMBER: Final = lazy("Line {line}, {column}: “{text}” is not a number with at most {decimals} decimals, written as you said.")
BAD_DAY: Final = lazy("Line {line}, {column}: “{text}” is not a day such as 2027-01-31.")
LINE_OF: Final = lazy("Line {line}: {what}")
NOT_HERE: Final = lazy(
    "Line {line}, {column}: “{text}” does not belong in such a line; a cell with the separator in it, such as 8,50, stands in quotes."
)
# What each kind of line may say beside its kind.
CELLS: Final = {
    "table": {"record", "name", "valid_from", "valid_to", "currency", "basis", "volumetric_divisor", "source"},
    "zone": {"record", "zone", "transit_days", "minimum", "free_from", "step", "step_amount"},
    "area": {"record", "zone", "country", "postal"},
    "rate": {"record", "zone", "up_to", "amount"},
    "surcharge": {"record", "zone", "code", "name", "kind", "value", "valid_from", "valid_to"},
}


def write(table: FreightTableOut) -> str:
    """Write a table: a record each for the table, its zones, areas, rates and surcharges; amounts in major units, bounds in kg, m³, pallets or major units."""
    places = measure_decimals(table.basis, table.currency)
    rows: list[dict[str, str]] = [
        {
            "record": "table", "name": table.name, "currency": table.currency, "basis": table.basis, "valid_from": table.valid_from.isoformat(),
            "valid_to": _iso(table.valid_to), "volumetric_divisor": str(table.volumetric_divisor or ""), "source": table.source,
        }
    ]  # fmt: skip
    for zone in table.zones:
        rows.append(
            {
                "record": "zone", "zone": zone.code, "transit_days": str(zone.transit_days), "minimum": write_amount(zone.minimum_minor or None, table.currency),
                "free_from": write_amount(zone.free_from_minor, table.currency), "step": write_number(zone.step, decimals=places),
                "step_amount": write_amount(zone.step_minor, table.currency),
            }
        )  # fmt: skip
        for area in zone.areas:
            country, _, postal = area.partition(" ")
            rows.append({"record": "area", "zone": zone.code, "country": country, "postal": postal})
        for rate in zone.rates:
            bound, amount = write_number(rate.up_to, decimals=places), write_amount(rate.amount_minor, table.currency)
            rows.append({"record": "rate", "zone": zone.code, "up_to": bound, "amount": amount})
    for one in table.surcharges:
        value = one.percent or write_amount(one.amount_minor, table.currency)
        rows.append(
            {
                "record": "surcharge", "zone": one.zone, "code": one.code, "name": one.name, "kind": one.kind, "value": value,
                "valid_from": _iso(one.valid_from), "valid_to": _iso(one.valid_to),
            }
        )  # fmt: skip
    return csv_lines([COLUMNS, *([row.get(name, "") for name in COLUMNS] for row in rows)])


def _iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()


class _File(CsvFile):
    """A file under way: what was read so far, and each fault with its line."""

    def __init__(self, sign: str) -> None:
        super().__init__(COLUMNS, needed=NEEDED)
        self.sign = sign
        self.table: dict[str, Any] = {}
        self.zones: dict[str, dict[str, Any]] = {}
        self.surcharges: list[dict[str, Any]] = []
        # The line of each zone and surcharge, so that a fault of the table as a whole names it too.
        self.lines: dict[str, int] = {}
        self.digits = self.places = 0

    def number(self, row: dict[str, str], column: str, line: int, decimals: int) -> int | None:
        if not row[column]:
            return None
        found = read_number(row[column], decimals=decimals, sign=self.sign)
        if found is None:
            self.fault(BAD_NUMBER, line, column=column, text=row[column][:20], decimals=decimals)
        return found

    def day(self, row: dict[str, str], column: str, line: int) -> date | None:
        if not row[column]:
            return None
        try:
            return date.fromisoformat(row[column])
        except ValueError:
            self.fault(BAD_DAY, line, column=column, text=row[column][:20])
            return None


def read(text: str, *, sign: str, valid_from: date | None, today: date) -> FreightTableIn:
    """Read a table from CSV text; a first day that is given, or today where the file's is over, takes the place of the file's.

    `sign` says whether decimals are written with a point or a comma; thousands are never grouped. Raises: BadFreightFile with every
    fault and its line, up to 20.
    """
    file = _File(sign)
    for line, row in file.rows(text):
        _take(file, row, line)
    if not file.table and not file.errors:
        file.fault(ONE_TABLE, 2)
    if file.errors:
        raise BadFreightFile(errors=tuple(file.errors))
    starts = valid_from or max(file.table["valid_from"] or today, today)
    sent = {**file.table, "valid_from": starts, "zones": list(file.zones.values()), "surcharges": file.surcharges}
    try:
        return msgspec.convert(sent, FreightTableIn)
    except msgspec.ValidationError as error:
        raise BadFreightFile(errors=(_at_line(error, file),)) from None


def _take(file: _File, row: dict[str, str], line: int) -> None:
    record = row["record"].lower()
    if record not in RECORDS:
        file.fault(NO_RECORD, line)
    elif (record == "table") == bool(file.table):
        file.fault(ONE_TABLE, line)
    elif record in {"area", "rate"} and row["zone"] not in file.zones:
        file.fault(NO_ZONE, line, zone=row["zone"][:40])
    elif strange := next((column for column in COLUMNS if row[column] and column not in CELLS[record]), ""):
        # What stands beside its place was parted from the cell before it: 8,50 would be 8.
        file.fault(NOT_HERE, line, column=strange, text=row[strange][:20])
    else:
        _TAKERS[record](file, row, line)


def _take_table(file: _File, row: dict[str, str], line: int) -> None:
    basis = row["basis"] or "weight"
    if row["currency"] not in CURRENCIES:
        file.fault(BAD_VALUE, line, column="currency", text=row["currency"][:20])
    if basis not in BASES:
        file.fault(BAD_VALUE, line, column="basis", text=basis[:20])
    currency = row["currency"] if row["currency"] in CURRENCIES else "EUR"
    file.digits, file.places = exponent(currency), measure_decimals(basis if basis in BASES else "weight", currency)  # type: ignore[arg-type]
    file.table = {
        "name": row["name"], "currency": currency, "basis": basis, "valid_from": file.day(row, "valid_from", line), "valid_to": file.day(row, "valid_to", line),
        "volumetric_divisor": file.number(row, "volumetric_divisor", line, 0), "source": row["source"],
    }  # fmt: skip


def _take_zone(file: _File, row: dict[str, str], line: int) -> None:
    if row["zone"] in file.zones or not row["zone"]:
        file.fault(BAD_VALUE, line, column="zone", text=row["zone"][:40])
    file.lines[f"zones/{len(file.zones)}"] = line
    file.zones[row["zone"]] = {
        "code": row["zone"], "transit_days": file.number(row, "transit_days", line, 0) or 0, "areas": [], "rates": [],
        "minimum_minor": file.number(row, "minimum", line, file.digits) or 0, "free_from_minor": file.number(row, "free_from", line, file.digits),
        "step": file.number(row, "step", line, file.places), "step_minor": file.number(row, "step_amount", line, file.digits),
    }  # fmt: skip


def _take_area(file: _File, row: dict[str, str], line: int) -> None:
    postal = row["postal"].replace(" - ", RANGE)
    file.zones[row["zone"]]["areas"].append(f"{row['country'].upper()} {postal}".rstrip())
    assert line


def _take_rate(file: _File, row: dict[str, str], line: int) -> None:
    up_to, amount = file.number(row, "up_to", line, file.places), file.number(row, "amount", line, file.digits)
    for column, found in (("up_to", up_to), ("amount", amount)):
        if found is None and not row[column]:
            file.fault(BAD_VALUE, line, column=column, text="")
    file.zones[row["zone"]]["rates"].append({"up_to": up_to or 1, "amount_minor": amount or 0})


def _take_surcharge(file: _File, row: dict[str, str], line: int) -> None:
    kind = row["kind"] or "percent"
    if kind not in {"percent", "fixed"}:
        file.fault(BAD_VALUE, line, column="kind", text=kind[:20])
    if kind == "percent" and percent_of(row["value"], sign=file.sign) is None:
        file.fault(BAD_NUMBER, line, column="value", text=row["value"][:20], decimals=6)
    amount = file.number(row, "value", line, file.digits) if kind == "fixed" else None
    file.lines[f"surcharges/{len(file.surcharges)}"] = line
    file.surcharges.append(
        {
            "code": row["code"], "kind": kind, "name": row["name"], "percent": row["value"].replace(",", ".") if kind == "percent" else "",
            "amount_minor": amount or 0, "zone": row["zone"], "valid_from": file.day(row, "valid_from", line), "valid_to": file.day(row, "valid_to", line),
        }
    )  # fmt: skip


_TAKERS: Final = {"table": _take_table, "zone": _take_zone, "area": _take_area, "rate": _take_rate, "surcharge": _take_surcharge}


def _at_line(error: msgspec.ValidationError, file: _File) -> FieldError:
    """Name the line of what the shapes refuse: its message ends in a path such as `$.zones[3].code`."""
    path = str(error).rpartition("`$")[2].rstrip("`").replace("[", "/").replace("]", "").replace(".", "/").strip("/")
    parts = path.split("/")
    line = file.lines.get("/".join(parts[:2]), 2)
    return FieldError(f"/text/{line}", "bad-line", BAD_VALUE, {"line": line, "column": parts[-1] or "record", "text": ""})
