"""Owns the sockets for what brings goods to the buyer costs: higher packages plug in freight, duty, tax and terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from marketplace.kernel.ports import Port

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from marketplace.trade.landed.schemas import ComponentKind, Consignment, Quote


class CostSource(Protocol):
    """Knows one or more kinds of cost. It asks the database at most once for all consignments of a call."""

    kinds: tuple[ComponentKind, ...]

    async def quote(self, consignments: Sequence[Consignment], *, now: datetime) -> list[Quote]:
        """Give one quote a consignment, in the same order, with one component for each of `kinds` in their order; what it cannot tell is `unknown`.

        The days on the way come with freight. Amounts lie on the settle step of the consignment's currency. Tax is that of the goods alone, without
        freight's, which comes with the tax room: so it is spread over the goods' lines by their net.
        """
        ...


COST_SOURCES: Port[CostSource] = Port("cost-sources", meanwhile="freight and duty are told as unknown")
# Tax is asked apart, because orders and invoices ask it too; while nothing is bound every page says "tax not determined".
TAX_SOURCE: Port[CostSource] = Port("tax-source", meanwhile="pages say that tax is not determined, and no total holds it")
