"""Owns what the demo's suppliers propose for the catalogue: changes accepted, sent back, answered and waiting, one that met another, and new products."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from marketplace.catalogue.approval import service as approval
from marketplace.catalogue.approval.schemas import RuleIn
from marketplace.catalogue.proposals import service as proposals
from marketplace.catalogue.proposals.schemas import DecisionIn, ProposalIn

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.catalogue.products.schemas import FieldValue
    from marketplace.catalogue.proposals.schemas import Act, ProposalOut
    from marketplace.kernel.actor import Actor
    from marketplace.world.market import Market
    from marketplace.world.products import GeneratedProduct

LEAFLET = "From the maker's data sheet of this spring."
MEASURED = " Measured on our own scales, packing left out."
NEW_VALVE: dict[str, FieldValue] = {
    "title": "Butterfly valve DN 80, wafer, EPDM seat", "brand": "Norvane", "part_number": "BFV-80-E", "gtin": "4006381333931", "category": "ball-valves",
    "unit_code": "H87", "weight_grams": 3400, "description": "Wafer type between flanges PN 10 and PN 16, with lever.",
}  # fmt: skip


class _Desk:
    """One supplier and the operator, and how they deal with each other."""

    def __init__(self, supplier: Actor, operator: Actor) -> None:
        self._supplier, self._operator = supplier, operator

    async def send(self, product_id: UUID | None, values: dict[str, FieldValue], *, at: datetime, **more: object) -> ProposalOut:
        sent = ProposalIn(product_id=product_id, values=values, **more)  # type: ignore[arg-type]
        return await proposals.propose(sent, actor=self._supplier, now=at)

    async def decide(self, found: ProposalOut, act: Act, *, at: datetime, text: str = "", fields: list[str] | None = None) -> None:
        if found.state == "sent":
            said = DecisionIn(act=act, version=found.version, text=text, fields=fields)
            await proposals.decide(found.id, sent=said, actor=self._operator, now=at)


async def propose_changes(market: Market, *, now: datetime) -> None:
    """Let the suppliers that visitors sign in for propose changes and products over some weeks, and let the operator decide most of them."""
    operator = market.operator.actor
    await _publish_rules(operator, at=now - timedelta(days=40))
    desks = {one.profile.key: _Desk(one.login.actor, operator) for one in market.suppliers}
    if not {"nordwind", "saigonparts", "gulfind"} <= desks.keys():
        return
    bearings = [pair for pair in market.products if pair[1].family.slug == "deep-groove-ball-bearings"]
    valves = [pair for pair in market.products if pair[1].family.slug == "ball-valves"]
    await _weeks_before(desks["nordwind"], bearings[:7], now=now)
    await _open_edits(desks["nordwind"], desks["saigonparts"], bearings[8:14], now=now)
    await _new_products(desks["saigonparts"], desks["gulfind"], valves[0][1], now=now)
    editors = RuleIn(
        field="description", supplier_id=next(one.login.organisation_id for one in market.suppliers if one.profile.key == "gulfind"), accepted_min=0, percent_min=0,
        reason="Their texts come from an agency that the market chose.",
    )  # fmt: skip
    await approval.make_rule(editors, actor=operator, now=now - timedelta(days=20))
    product_id, made = bearings[3]
    text = f"{made.descriptions[0]} In stock in Jebel Ali."
    await desks["gulfind"].send(product_id, {"description": text}, at=now - timedelta(days=9))


async def _publish_rules(operator: Actor, *, at: datetime) -> None:
    rules = (
        RuleIn(field="description", reason="Texts of suppliers who have shown for long that they know their goods."),
        RuleIn(field="weight_grams", reason="Weights too, where nearly all else was right.", accepted_min=50, percent_min=98),
    )
    for rule in rules:
        await approval.make_rule(rule, actor=operator, now=at)


async def _weeks_before(desk: _Desk, products: list[tuple[UUID, GeneratedProduct]], *, now: datetime) -> None:
    for number, (product_id, made) in enumerate(products):
        at = now - timedelta(days=30 - 3 * number)
        text = f"{made.descriptions[0]} Sealed for life, greased for -20 to 110 °C."
        weight = None if made.weight_grams is None else made.weight_grams + 4
        sent = await desk.send(product_id, {"description": text, "weight_grams": weight}, at=at, note=LEAFLET)
        if number == 3:  # noqa: PLR2004 - one of them is wrong
            await desk.decide(sent, "reject", at=at + timedelta(hours=5), text="The data sheet names another grease; see its page 2.")
        else:
            part = ["description"] if number == 5 else None  # noqa: PLR2004 - one of them is right in part
            await desk.decide(sent, "accept", at=at + timedelta(hours=20), fields=part, text="The weight is with the packing." if part else "")


async def _open_edits(one: _Desk, other: _Desk, products: list[tuple[UUID, GeneratedProduct]], *, now: datetime) -> None:
    ids = [product_id for product_id, _ in products]
    titles = [made.titles[0] for _, made in products]
    await one.send(
        ids[0], {"title": f"{titles[0]}, C3 clearance", "description": products[0][1].descriptions[0] + MEASURED}, at=now - timedelta(hours=3)
    )
    back = await one.send(ids[1], {"title": titles[1].upper()}, at=now - timedelta(days=4))
    await one.decide(back, "revise", at=now - timedelta(days=3), text="Please without capitals, and name the clearance.")
    first = await one.send(ids[2], {"title": f"NEW {titles[2]}"}, at=now - timedelta(days=6))
    await one.decide(first, "revise", at=now - timedelta(days=5), text="Leave out “new”; say what it is.")
    await one.send(ids[2], {"title": f"{titles[2]}, brass cage"}, at=now - timedelta(days=5), answers_id=first.id)
    await one.send(ids[3], {"title": f"{titles[3]}, sealed", "weight_grams": 151}, at=now - timedelta(days=2))
    met = await other.send(ids[3], {"title": f"{titles[3]}, shielded both sides"}, at=now - timedelta(days=1, hours=20))
    await other.decide(met, "accept", at=now - timedelta(days=1))
    gone = await one.send(ids[4], {"part_number": "6204-2RS/C3"}, at=now - timedelta(days=8))
    await one.decide(gone, "reject", at=now - timedelta(days=7), text="That is another product of the same maker.")


async def _new_products(one: _Desk, other: _Desk, known: GeneratedProduct, *, now: datetime) -> None:
    attributes: dict[str, FieldValue] = {
        f"attributes.{key.key}": known.attributes[key.key] for key in known.family.attributes if key.key in known.attributes
    }
    await one.send(None, NEW_VALVE | attributes, at=now - timedelta(hours=5), note="We have eighty of them in stock.")
    twin: dict[str, FieldValue] = {
        "title": f"{known.titles[0]}, lever long", "brand": known.brand, "part_number": known.part_number, "category": known.family.slug,
        "unit_code": known.family.unit,
    }  # fmt: skip
    await other.send(None, twin | attributes, at=now - timedelta(hours=1), is_distinct=True, note="The same number, with a longer lever.")
