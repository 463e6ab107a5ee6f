"""Owns the words of the freight pages: units by basis, states of versions, why a quote is not known, and faults beside their cells."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from marketplace.kernel import formatting, wording
from marketplace.kernel.currencies import exponent
from marketplace.kernel.errors import DomainError
from marketplace.kernel.http.forms import NOT_OF_THE_FORM, Fields
from marketplace.kernel.i18n import gettext as _
from services_addons.logistics import service
from services_addons.logistics.schemas_typed import AskForm, TableForm

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import date

    from litestar import Response

    from marketplace.kernel.http.request import MarketRequest
    from services_addons.logistics.schemas import FreightTableOut


BLANK = TableForm()


def cells(error: DomainError, request: MarketRequest) -> Fields:
    """Give {cell: message}: `/zones/2/areas/0` is the cell `zones-2-areas`, `/zones/2/rates/1` is `zones-2-rates-1`; "" concerns no cell."""
    if error.status in NOT_OF_THE_FORM:
        raise error
    locale: str = request.scope["locale"]  # type: ignore[typeddict-item]
    messages = Fields()
    for item in error.errors:
        parts = item.pointer.strip("/").split("/")
        if parts[-2:-1] == ["areas"]:
            parts.pop()
        messages.setdefault("-".join(parts), wording.word(item.message, item.params, locale))
    return messages or Fields({"": wording.word(error.message, error.params, locale)})


async def acted(
    once: Callable[[MarketRequest, Callable[[], Awaitable[str]]], Awaitable[Response[Any]]],
    request: MarketRequest,
    work: Callable[[], Awaitable[str]],
    *,
    refused: Callable[[DomainError], Any],
) -> Response[Any]:
    """Do a form's work once and go to the address that it gives; when it is refused, show the form again with what was typed."""
    try:
        return await once(request, work)
    except DomainError as error:
        told: Any = refused(error)
        shown: Response[Any] = await told if hasattr(told, "__await__") else told
        return shown


def tried(read: Callable[[], Any], request: MarketRequest) -> tuple[Any, dict[str, str]]:
    """Read what was asked; what cannot be read is told beside its field."""
    try:
        return read(), {}
    except DomainError as error:
        return None, cells(error, request)


def as_typed(pairs: Sequence[tuple[str, str]]) -> TableForm:
    """Give the grid's form as it was typed, whatever is wrong with it, so that nothing is lost."""
    given: dict[str, Any] = {}
    for name, value in pairs:
        if name in TableForm.__struct_fields__:
            if isinstance(getattr(BLANK, name), list):
                given.setdefault(name, []).append(value)
            else:
                given[name] = value
    return TableForm(**given)


def asked(request: MarketRequest) -> AskForm:
    """Give the consignment in the address, as it was typed."""
    given = {name: (request.query_params.get(name) or "")[:20].replace("\x00", "") for name in AskForm.__struct_fields__}
    return AskForm(**given)


def bases() -> list[tuple[str, str]]:
    """Give what a table may go by."""
    return [("weight", _("weight")), ("volume", _("volume")), ("pallets", _("pallets")), ("value", _("goods value"))]


def units(currency: str) -> dict[str, str]:
    """Give the unit of the bounds, by basis."""
    return {"weight": "kg", "volume": "m³", "pallets": _("pallets"), "value": currency}


def state_of(table: FreightTableOut, today: date) -> str:
    """Name a version's state: in force, to come, over, or replaced before it was."""
    if table.withdrawn_at is not None:
        return "withdrawn"
    if service.counts_on(table, today):
        return "in_force"
    return "coming" if table.valid_from > today else "over"


def groups(tables: Sequence[FreightTableOut], *, today: date) -> list[tuple[str, str, list[FreightTableOut]]]:
    """Sort versions into those that count now, those to come, and those that are over."""
    names = {"in_force": _("In force"), "coming": _("To come"), "over": _("Over")}
    found: dict[str, list[FreightTableOut]] = {name: [] for name in names}
    for table in tables:
        state = state_of(table, today)
        found["over" if state == "withdrawn" else state].append(table)
    return [(name, names[name], found[name]) for name in names if found[name]]


def reason(code: str) -> str:
    """Say why a quote is not known."""
    reasons = {
        "no-zone": _("No zone of this table covers the place."),
        "on-request": _("Freight to this zone is told on request: buyers see it as not known."),
        "beyond-table": _("This is more than the table goes to."),
        "weight-missing": _("Give the weight."),
        "volume-missing": _("Give the volume."),
        "pallets-missing": _("Give the number of pallets."),
        "value-missing": _("Give the goods value."),
    }
    return reasons.get(code, code)


class Measure:
    """Writes the bounds of a table in its unit."""

    def __init__(self, table: FreightTableOut) -> None:
        """Take the basis and the currency from the table."""
        self.basis = table.basis
        self.currency = table.currency

    @property
    def unit(self) -> str:
        """Give the unit, for the head of a column."""
        return units(self.currency)[self.basis]

    def of(self, steps: int | None) -> str:
        """Write a measure with its unit."""
        if steps is None:
            return formatting.DASH
        if self.basis == "weight":
            return formatting.weight(steps)
        if self.basis == "value":
            return formatting.money(steps, self.currency)
        return f"{self.plain(steps)} {self.unit}"

    def plain(self, steps: int) -> str:
        """Write a measure without its unit, for columns that have it in their head."""
        places = {"weight": 3, "volume": 6, "pallets": 0}.get(self.basis, exponent(self.currency))
        return formatting.number(Decimal(steps).scaleb(-places), digits_max=places)
