"""Owns the consignment that the tests of freight and duty change."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from marketplace.trade.landed.schemas import Consignment, ConsignmentLine

LINE = ConsignmentLine(
    product_id=UUID(int=1), offer_id=UUID(int=2), quantity=5, goods_minor=12_345, origin_country="JP", hs_prefix="8482", weight_grams=900
)
ONE = Consignment(
    supplier_id=UUID(int=3),
    ship_from_country="DE",
    ship_from_postal_code="20095",
    country="US",
    postal_code="ca 94-105",
    incoterm="EXW",
    currency="EUR",
    lines=(LINE,),
)


def but(consignment: Consignment = ONE, **changes: Any) -> Consignment:
    """Change a consignment."""
    return msgspec.structs.replace(consignment, **changes)
