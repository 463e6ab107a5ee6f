"""Owns who pays carriage and insurance by the eleven Incoterms 2020 (ICC publication 723E, articles A9/B9 carriage and A5/B5 insurance)."""

from __future__ import annotations

from typing import Final, NamedTuple


class Held(NamedTuple):
    """What the seller's price holds: the carriage to the named place, and cover for the buyer's risk on the way."""

    freight: bool
    insurance: bool = False
    # The named place is a port, so that the way from there to the door is the buyer's own.
    ends_at_port: bool = False
    # The goods travel at the seller's risk to the named place: until then the buyer has nothing to insure.
    is_sellers_risk: bool = False


INCOTERMS: Final[dict[str, Held]] = {
    "EXW": Held(freight=False),
    "FCA": Held(freight=False),
    "FAS": Held(freight=False),
    "FOB": Held(freight=False),
    "CFR": Held(freight=True, ends_at_port=True),
    "CIF": Held(freight=True, insurance=True, ends_at_port=True),
    "CPT": Held(freight=True),
    "CIP": Held(freight=True, insurance=True),
    "DAP": Held(freight=True, is_sellers_risk=True),
    "DPU": Held(freight=True, is_sellers_risk=True),
    "DDP": Held(freight=True, is_sellers_risk=True),
}


def held(incoterm: str) -> Held:
    """Give what the seller's price holds; a term that is none of the eleven holds nothing, like EXW."""
    return INCOTERMS.get(incoterm, INCOTERMS["EXW"])
