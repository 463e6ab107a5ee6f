"""Owns the words of states and conditions: what a reader sees instead of the stored word, and whether it is good, waiting, under way, bad or over."""

from __future__ import annotations

from typing import Final

from marketplace.kernel.i18n import gettext, lazy

# tone: "ok" done and good, "wait" somebody has to act, "run" under way, "late" bad, "off" over or not in use
STATES: Final[dict[str, tuple[str, str]]] = {
    "active": (lazy("Active"), "ok"),
    "approved": (lazy("On sale"), "ok"),
    "draft": (lazy("Draft"), "off"),
    "retired": (lazy("Retired"), "off"),
    "open": (lazy("Open"), "ok"),
    "paused": (lazy("Paused"), "wait"),
    "suspended": (lazy("Suspended"), "late"),
    "terminated": (lazy("Terminated"), "off"),
    "closed": (lazy("Closed"), "off"),
    "archived": (lazy("Archived"), "off"),
    "invited": (lazy("Invited"), "wait"),
    "removed": (lazy("Removed"), "off"),
    "disabled": (lazy("Disabled"), "off"),
    "revoked": (lazy("Revoked"), "off"),
    "ended": (lazy("Ended"), "off"),
    "expired": (lazy("Expired"), "off"),
    "ordered": (lazy("Ordered"), "ok"),
    "placed": (lazy("Placed"), "run"),
    "awaiting_payment": (lazy("Waits for payment"), "wait"),
    "awaiting_acceptance": (lazy("Waits for the supplier"), "wait"),
    "accepted": (lazy("Accepted"), "run"),
    "partially_accepted": (lazy("Accepted in part"), "run"),
    "partly_accepted": (lazy("Accepted in part"), "run"),
    "pending_approval": (lazy("Waits for approval"), "wait"),
    "refused": (lazy("Refused"), "late"),
    "timed_out": (lazy("Not answered in time"), "late"),
    "processing": (lazy("Being prepared"), "run"),
    "partially_shipped": (lazy("Shipped in part"), "run"),
    "shipped": (lazy("Shipped"), "run"),
    "handed_over": (lazy("Handed over"), "run"),
    "pre_transit": (lazy("Being packed"), "run"),
    "in_transit": (lazy("In transit"), "run"),
    "out_for_delivery": (lazy("Out for delivery"), "run"),
    "exception": (lazy("Held up"), "late"),
    "partially_delivered": (lazy("Delivered in part"), "run"),
    "delivered": (lazy("Delivered"), "ok"),
    "completed": (lazy("Completed"), "ok"),
    "cancelled": (lazy("Cancelled"), "off"),
    "withdrawn": (lazy("Withdrawn"), "off"),
    "lost": (lazy("Lost"), "late"),
    "returned": (lazy("Returned"), "off"),
    "late": (lazy("Late"), "late"),
    "requires_action": (lazy("To be paid"), "wait"),
    "authorised": (lazy("Authorised"), "run"),
    "captured": (lazy("Paid"), "ok"),
    "paid": (lazy("Paid"), "ok"),
    "failed": (lazy("Failed"), "late"),
    "refunded": (lazy("Refunded"), "off"),
    "partly_refunded": (lazy("Refunded in part"), "off"),
    "voided": (lazy("Voided"), "off"),
    "pending": (lazy("Pending"), "wait"),
    "released": (lazy("Released"), "off"),
    "running": (lazy("Running"), "run"),
    "done": (lazy("Done"), "ok"),
    "unsorted": (lazy("Not sorted yet"), "wait"),
}

# What new goods are goes without saying.
CONDITIONS: Final[dict[str, str]] = {"refurbished": lazy("Refurbished"), "used": lazy("Used")}


def condition(code: str) -> str:
    """Word the condition of goods in the reader's language, "" for new ones."""
    return gettext(CONDITIONS[code]) if code in CONDITIONS else ""


def word(state: str) -> str:
    """Word a state in the reader's language; what is no known state stays as it is."""
    known = STATES.get(state)
    return gettext(known[0]) if known else state


def tone(state: str) -> str:
    """Tell a state's tone: "ok", "wait", "run", "late" or "off"; "" for what is no known state."""
    known = STATES.get(state)
    return known[1] if known else ""
