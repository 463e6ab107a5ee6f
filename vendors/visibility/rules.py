"""Owns the pure rules of visibility: who keeps it, what a level shows to whom, and what a preview says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vendors.visibility.schemas import Viewer

if TYPE_CHECKING:
    from marketplace.kernel.actor import Actor

INHERITED = "inherited"
NOTHING, WITHOUT_PRICE, EVERYTHING = 0, 1, 2
# What each level shows to nobody in particular, to a signed-in company, and to one on the list; `vendors.sight` says the same in SQL.
SHOWN = {
    "public": (EVERYTHING, EVERYTHING, EVERYTHING),
    "prices_hidden": (WITHOUT_PRICE, EVERYTHING, EVERYTHING),
    "login_required": (NOTHING, EVERYTHING, EVERYTHING),
    "org_allowlist": (NOTHING, NOTHING, EVERYTHING),
}


def viewer_of(actor: Actor) -> Viewer:
    """Tell the statements who looks. The worker and the market's own staff see everything."""
    return Viewer(actor.organisation_id, actor.database_role in {"operator", "worker"})


def may_keep(actor: Actor) -> bool:
    """Tell whether somebody may set levels and keep the list: owners, catalogue and sales."""
    return bool(actor.roles & {"owner", "catalogue", "sales"})
