"""Owns how a buyer's question becomes consignments, and each consignment a quote that can be named again. Pure."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import msgspec

from marketplace.kernel.money import line_net_minor
from marketplace.trade.landed.schemas import Consignment, ConsignmentLine
from services_addons.logistics.rules_quotes import freight_row
from services_addons.logistics.schemas import PartOut
from services_addons.logistics.schemas_asked import ConsignmentQuoteOut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from marketplace.trade.landed.schemas import Quote
    from services_addons.logistics.schemas import FreightRow
    from services_addons.logistics.schemas_asked import FreightAskIn
    from vendors.offers.schemas import OfferFact


def consignments(asked: Sequence[tuple[OfferFact, int, Decimal]], to: FreightAskIn) -> list[Consignment]:
    """Split offers with their quantities in steps and unit prices into what is shipped together, always in the same order."""
    made = []
    for (site, incoterm, currency), members in groupby(sorted(asked, key=_order), key=lambda one: _order(one)[:3]):
        lines = [(fact, _line(fact, steps, price)) for fact, steps, price in members]
        first = lines[0][0]
        made.append(
            Consignment(
                supplier_id=to.supplier_id, ship_from_country=first.site_country, ship_from_postal_code=first.site_postal_code, country=to.country,
                postal_code=to.postal_code, incoterm=incoterm, currency=currency, lines=tuple(line for _, line in lines), site_id=UUID(site),
            )
        )  # fmt: skip
    return made


def _order(one: tuple[OfferFact, int, Decimal]) -> tuple[str, str, str, str, int]:
    fact = one[0]
    return str(fact.site_id), fact.incoterm, fact.currency, str(fact.offer_id), one[1]


def _line(fact: OfferFact, steps: int, price: Decimal) -> ConsignmentLine:
    own = fact.weight_grams
    return ConsignmentLine.of(
        fact,
        quantity=steps,
        goods_minor=line_net_minor(price, quantity_steps=steps, unit_decimals=fact.unit_decimals, currency=fact.currency),
        weight_grams=fact.typical_weight_grams if own is None else own,
        is_weight_estimated=own is None,
    )


def told(
    consignment: Consignment, quote: Quote, rows: Sequence[FreightRow], *, supplier_name: str, today: date, changes: Mapping[UUID, date]
) -> ConsignmentQuoteOut:
    """Tell a quote with its parts and how long it holds; `changes` are the days on which a surcharge of a table begins.

    The id is made of the question, the day, and all that was answered.
    """
    freight = quote.components[0]
    row = freight_row(rows, consignment) if freight.state == "known" else None
    names = {one.code: one.name for one in row.surcharges} if row else {}
    parts = [PartOut(one.code, names.get(one.code, ""), one.amount_minor) for one in freight.parts]
    if not parts and freight.amount_minor is not None:
        parts = [PartOut("rate", "", freight.amount_minor)]
    is_converted = "converted" in freight.note
    known = msgspec.json.encode((consignment, freight, quote.transit_days, today)).decode()
    return ConsignmentQuoteOut(
        id=uuid5(UUID(str(consignment.supplier_id)), known), supplier_id=UUID(str(consignment.supplier_id)), supplier_name=supplier_name,
        offer_ids=[UUID(str(line.offer_id)) for line in consignment.lines], ships_from=consignment.ship_from_country, country=consignment.country,
        postal_code=consignment.postal_code, incoterm=consignment.incoterm, currency=consignment.currency, goods_minor=consignment.goods_minor,
        state=freight.state,  # type: ignore[arg-type]
        reason=freight.note if freight.state == "unknown" else "", amount_minor=freight.amount_minor, parts=parts, is_estimated=freight.is_estimated,
        is_invented=freight.is_invented, is_converted=is_converted, transit_days=quote.transit_days, rule_id=freight.rule_id, source=freight.source,
        as_of=freight.as_of, valid_from=today, valid_to=today if is_converted else _last_day(row, changes) if row else None,
    )  # fmt: skip


def _last_day(row: FreightRow, changes: Mapping[UUID, date]) -> date | None:
    ends = [row.valid_to, *(one.valid_to for one in row.surcharges)]
    if row.table_id in changes:
        ends.append(changes[row.table_id] - timedelta(days=1))
    return min((day for day in ends if day is not None), default=None)
