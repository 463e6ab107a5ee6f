"""Owns the grid in which people type a freight table: zones down, bounds across, and surcharges below. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

import msgspec

from marketplace.kernel.currencies import CURRENCIES, exponent
from marketplace.kernel.errors import FieldError
from marketplace.kernel.http.wording import field_error
from marketplace.kernel.i18n import lazy
from services_addons.logistics.errors import BadFreightTable
from services_addons.logistics.rules import ERRORS_MAX
from services_addons.logistics.rules_numbers import measure_decimals, read_number, write_amount, write_number
from services_addons.logistics.schemas import CurveOut, FreightTableIn, RateIn, Sent, SurchargeIn, ZoneIn
from services_addons.logistics.schemas_typed import Grid, SurchargeLine, TypedHead, ZoneLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services_addons.logistics.schemas import Basis, FreightTableOut
    from services_addons.logistics.schemas_typed import AskForm, TableForm

ZONES_SHOWN_MAX: Final = 40
BOUNDS_SHOWN_MAX: Final = 14
NOT_A_NUMBER: Final = lazy("“{text}” is not a plain number: digits, a point, at most {decimals} decimals.")
NOT_A_DAY: Final = lazy("“{text}” is not a day such as 2027-01-31.")
NOT_DAYS: Final = lazy("Give the days on the way as a whole number from 0 to 180.")
NEEDED: Final = lazy("This is needed.")
NO_ZONE: Final = lazy("Write at least one zone: its name, where it is, the days, and what each bound costs.")
BAD_CODE: Final = lazy("Write the code in Latin letters, digits and hyphens, beginning with a letter, such as fuel; blank takes it from the name.")
_CODE = re.compile(r"[a-z][a-z0-9-]{0,29}", re.ASCII)
GAP: Final = lazy("Fill the bounds from the left without a gap.")


def blank(*, currency: str, today: date) -> Grid:
    """Give what a new table begins with."""
    return Grid(currency=currency, valid_from=today.isoformat(), volumetric_divisor="5000", bounds=["1", "5", "20", "100"])


def bound_columns(table: FreightTableOut) -> list[int]:
    """Give every bound of a table once, ascending."""
    return sorted({rate.up_to for zone in table.zones for rate in zone.rates})


def grid_of(table: FreightTableOut, *, today: date) -> Grid:
    """Give a table as it would be typed: one that counts already begins anew today, one to come on its own day."""
    bounds, places = bound_columns(table), measure_decimals(table.basis, table.currency)
    lines = []
    for zone in table.zones:
        amounts = {rate.up_to: rate.amount_minor for rate in zone.rates}
        lines.append(
            ZoneLine(
                code=zone.code,
                areas=", ".join(zone.areas),
                days=str(zone.transit_days),
                minimum=write_amount(zone.minimum_minor or None, table.currency),
                free_from=write_amount(zone.free_from_minor, table.currency),
                step=write_number(zone.step, decimals=places),
                step_amount=write_amount(zone.step_minor, table.currency),
                amounts=[write_amount(amounts.get(bound), table.currency) for bound in bounds],
            )
        )
    surcharges = [
        SurchargeLine(
            one.code,
            one.name,
            one.kind,
            one.percent or write_amount(one.amount_minor, table.currency),
            one.zone,
            _day(one.valid_from),
            _day(one.valid_to),
        )
        for one in table.surcharges
    ]
    return Grid(
        name=table.name,
        currency=table.currency,
        basis=table.basis,
        valid_from=max(table.valid_from, today).isoformat(),
        valid_to=_day(table.valid_to),
        volumetric_divisor=str(table.volumetric_divisor or ""),
        source=table.source,
        bounds=[write_number(bound, decimals=places) for bound in bounds],
        zones=lines,
        surcharges=surcharges,
    )


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def typed_grid(form: TableForm) -> Grid:
    """Give the grid that was typed without its blank lines, so that a fault's place is the place on the page."""
    width = len(form.bound)
    columns = (form.zone_code, form.zone_areas, form.zone_days, form.zone_minimum, form.zone_free_from, form.zone_step, form.zone_step_amount)
    lines = []
    for number, cells in enumerate(zip_longest(*columns, fillvalue="")):
        amounts = [text.strip() for text in form.amount[number * width : (number + 1) * width]]
        code, areas, days, minimum, free_from, step, step_amount = (cell.strip() for cell in cells)
        line = ZoneLine(code, areas, days, minimum, free_from, step, step_amount)
        line.amounts = amounts + [""] * (width - len(amounts))
        if any([line.code, line.areas, line.days, *line.amounts]):
            lines.append(line)
    kept = max((place for place, bound in enumerate(form.bound, 1) if bound.strip() or any(line.amounts[place - 1] for line in lines)), default=0)
    for line in lines:
        line.amounts = line.amounts[:kept]
    surcharge_columns = (form.s_code, form.s_name, form.s_kind, form.s_value, form.s_zone, form.s_from, form.s_to)
    surcharges = [SurchargeLine(*(cell.strip() for cell in cells)) for cells in zip_longest(*surcharge_columns, fillvalue="")]
    head = {name: getattr(form, name) for name in TypedHead.__struct_fields__} | {"currency": form.currency.upper()}
    filled = [one for one in surcharges if one.code or one.value or one.name]
    return Grid(**head, bounds=[bound.strip() for bound in form.bound[:kept]], zones=lines, surcharges=filled)


def padded(grid: Grid, *, zones: int = 1, bounds: int = 1, surcharges: int = 1) -> Grid:
    """Give the grid with so many blank lines and columns more to type into, never more than a form can send."""
    width = max(min(len(grid.bounds) + bounds, BOUNDS_SHOWN_MAX), len(grid.bounds), 1)
    height = max(min(len(grid.zones) + zones, ZONES_SHOWN_MAX), len(grid.zones), 1)
    lines = [msgspec.structs.replace(line, amounts=line.amounts + [""] * (width - len(line.amounts))) for line in grid.zones]
    lines += [ZoneLine(amounts=[""] * width) for _ in range(height - len(lines))]
    return msgspec.structs.replace(
        grid,
        bounds=grid.bounds + [""] * (width - len(grid.bounds)),
        zones=lines,
        surcharges=grid.surcharges + [SurchargeLine() for _ in range(surcharges)],
    )


class _Reader:
    """Reads the cells of a grid and remembers what cannot be read, each at its place."""

    def __init__(self, *, digits: int, places: int) -> None:
        self.errors: list[FieldError] = []
        self.digits = digits
        self.places = places

    def number(self, text: str, pointer: str, *, decimals: int) -> int | None:
        if not text:
            return None
        found = read_number(text, decimals=decimals)
        if found is None:
            self.errors.append(FieldError(pointer, "not-a-number", NOT_A_NUMBER, {"text": text[:20], "decimals": decimals}))
        return found

    def amount(self, text: str, pointer: str) -> int | None:
        return self.number(text, pointer, decimals=self.digits)

    def measure(self, text: str, pointer: str) -> int | None:
        return self.number(text, pointer, decimals=self.places)

    def day(self, text: str, pointer: str) -> date | None:
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.errors.append(FieldError(pointer, "not-a-day", NOT_A_DAY, {"text": text[:20]}))
            return None


def table_of(grid: Grid) -> FreightTableIn:
    """Read a typed grid as a table. Raises: BadFreightTable, naming up to 20 cells that cannot be read."""
    basis: Basis = grid.basis if grid.basis in {"weight", "volume", "pallets", "value"} else "weight"  # type: ignore[assignment]
    currency = grid.currency if grid.currency in CURRENCIES else "EUR"
    read = _Reader(digits=exponent(currency), places=measure_decimals(basis, currency))
    if grid.currency not in CURRENCIES:
        read.errors.append(FieldError("/currency", "unknown-currency", lazy("Give a currency as its three letters, such as EUR.")))
    bounds = _bounds(grid, read)
    zones = [_zone(line, bounds, f"/zones/{place}", read) for place, line in enumerate(grid.zones)]
    surcharges = [_surcharge(line, f"/surcharges/{place}", read) for place, line in enumerate(grid.surcharges)]
    valid_from, valid_to = read.day(grid.valid_from, "/valid_from"), read.day(grid.valid_to, "/valid_to")
    divisor = read.number(grid.volumetric_divisor, "/volumetric_divisor", decimals=0) if basis == "weight" else None
    needed = {"name": (grid.name, NEEDED), "valid_from": (grid.valid_from, NEEDED), "zones": (grid.zones, NO_ZONE)}
    read.errors += [FieldError(f"/{name}", "missing", words) for name, (value, words) in needed.items() if not value]
    sent = {
        "name": grid.name, "currency": currency, "basis": basis, "valid_from": valid_from, "valid_to": valid_to, "volumetric_divisor": divisor,
        "source": grid.source, "zones": zones, "surcharges": surcharges,
    }  # fmt: skip
    if read.errors:
        raise BadFreightTable(errors=tuple(read.errors[:ERRORS_MAX]))
    try:
        return msgspec.convert(msgspec.to_builtins(sent), FreightTableIn)
    except msgspec.ValidationError as error:
        raise BadFreightTable(errors=(field_error(error),)) from None


def _bounds(grid: Grid, read: _Reader) -> list[int | None]:
    for place, text in enumerate(grid.bounds):
        if not text:
            read.errors.append(FieldError(f"/bounds/{place}", "gap", GAP))
    return [read.measure(text, f"/bounds/{place}") for place, text in enumerate(grid.bounds)]


def _zone(line: ZoneLine, bounds: Sequence[int | None], at: str, read: _Reader) -> ZoneIn:
    days = read_number(line.days, decimals=0)
    if days is None or days > 180:  # noqa: PLR2004 - half a year, as the words say
        read.errors.append(FieldError(f"{at}/transit_days", "bad-days", NOT_DAYS))
    if not line.code:
        read.errors.append(FieldError(f"{at}/code", "missing", NEEDED))
    amounts = [read.amount(text, f"{at}/rates/{place}") for place, text in enumerate(line.amounts)]
    return ZoneIn(
        code=line.code,
        transit_days=days or 0,
        areas=[text.strip() for text in line.areas.split(",") if text.strip()],
        rates=[RateIn(bound, amount) for bound, amount in zip(bounds, amounts, strict=False) if bound is not None and amount is not None],
        minimum_minor=read.amount(line.minimum, f"{at}/minimum_minor") or 0,
        free_from_minor=read.amount(line.free_from, f"{at}/free_from_minor"),
        step=read.measure(line.step, f"{at}/step"),
        step_minor=read.amount(line.step_amount, f"{at}/step_minor"),
    )


def _surcharge(line: SurchargeLine, at: str, read: _Reader) -> SurchargeIn:
    is_fixed = line.kind == "fixed"
    code = line.code.lower() or _code_of(line.name) or f"surcharge-{int(at.rpartition('/')[2]) + 1}"
    if not _CODE.fullmatch(code):
        read.errors.append(FieldError(f"{at}/code", "bad-code", BAD_CODE))
    return SurchargeIn(
        code=code,
        kind="fixed" if is_fixed else "percent",
        name=line.name,
        percent="" if is_fixed else line.value,
        amount_minor=(read.amount(line.value, f"{at}/amount_minor") or 0) if is_fixed else 0,
        zone=line.zone,
        valid_from=read.day(line.valid_from, f"{at}/valid_from"),
        valid_to=read.day(line.valid_to, f"{at}/valid_to"),
    )


def _code_of(name: str) -> str:
    """Make a code of a surcharge's name, "" where its letters give none."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-0123456789")[:30].rstrip("-")


def typed_ask(form: AskForm, table: FreightTableOut) -> Sent:
    """Read the consignment that a table is tried with: kg, m³, pallets and the goods' value in major units. Raises: BadFreightTable."""
    read = _Reader(digits=exponent(table.currency), places=3)
    sent = Sent(
        country=form.country.strip().upper()[:2],
        postal_code=form.postal_code.strip()[:12],
        grams=read.number(form.weight.strip(), "/weight", decimals=3),
        volume_cm3=read.number(form.volume.strip(), "/volume", decimals=6),
        pallets=read.number(form.pallets.strip(), "/pallets", decimals=0),
        value_minor=read.amount(form.value.strip(), "/value"),
    )
    if read.errors:
        raise BadFreightTable(errors=tuple(read.errors))
    return sent


def curves(table: FreightTableOut) -> list[CurveOut]:
    """Give each zone's rates as steps of a picture, in % of the roots of the widest bound and the highest amount of the table; surcharges are not in them."""
    width = max((rate.up_to for zone in table.zones for rate in zone.rates), default=0)
    height = max((max(rate.amount_minor, zone.minimum_minor) for zone in table.zones for rate in zone.rates), default=0)
    if not width or not height:
        return []
    found = []
    for zone in table.zones:
        points, before = [], 0.0
        for rate in zone.rates:
            # Bounds and amounts grow tenfold from one to the next: the root lets the small ones be seen beside the large ones.
            y = round(100 - 100 * (max(rate.amount_minor, zone.minimum_minor) / height) ** 0.5, 2)
            x = round(100 * (rate.up_to / width) ** 0.5, 2)
            points += [(before, y), (x, y)]
            before = x
        if points:
            found.append(CurveOut(zone.code, points))
    return found
