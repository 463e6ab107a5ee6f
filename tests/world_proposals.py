"""Owns what the suppliers of the tests' world propose for the catalogue, and what the operator says to it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from marketplace.catalogue.approval import service as approval
from marketplace.catalogue.approval.schemas import RuleIn
from marketplace.catalogue.proposals import service as proposals
from marketplace.catalogue.proposals.schemas import DecisionIn, ProposalIn
from tests.world import NOW

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.world.people import Login

Ids = dict[str, dict[str, dict[str, str]]]


async def propose(logins: dict[str, Login], products: list[UUID], ids: Ids) -> None:
    """Let two suppliers each have a change set accepted, one sent back and answered; the answers wait, and a rule is in force that none of them meets."""
    operator, at = logins["operator"].actor, NOW - timedelta(hours=3)
    rule = await approval.make_rule(RuleIn(field="title", reason="Suppliers know their goods."), actor=operator, now=at)
    for side, name, product_id in (("own", "supplier_a", products[1]), ("foreign", "supplier_b", products[2])):
        actor = logins[name].actor
        first = ProposalIn(product_id=product_id, values={"description": f"In stock at {name}."}, note="As our leaflet says.")
        sent = await proposals.propose(first, actor=actor, now=at)
        await proposals.decide(sent.id, sent=DecisionIn(act="accept", version=1), actor=operator, now=at)
        back = await proposals.propose(ProposalIn(product_id=product_id, values={"title": f"CHEAP {name}"}), actor=actor, now=at)
        await proposals.decide(back.id, sent=DecisionIn(act="revise", version=1, text="Name the thing, please."), actor=operator, now=at)
        again = ProposalIn(product_id=product_id, values={"title": f"Valve of {name}", "weight_grams": 910}, answers_id=back.id)
        waits = await proposals.propose(again, actor=actor, now=at)
        for caller, known in ids[side].items():
            known["approval_rule"] = str(rule.id)
            if side == "own" or caller != "operator":
                known["proposal"] = str(waits.id)
    ids["foreign"]["operator"]["proposal"] = ids["own"]["operator"]["proposal"]
