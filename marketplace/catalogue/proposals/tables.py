"""Owns the tables of proposals, of what was said about them, and of what came of them."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, BigInt, Boolean, Text, Timestamptz
from piccolo.table import Table


class Proposal(Table, tablename="proposals", schema="catalogue"):
    """A change set: `changes` is a list of {field, old, new} and never changes, nor does `base`, the fingerprint of the product it was made on.

    `accepted_fields` lists the fields that were accepted; null until then. `answers_id` is the change set that was sent back and that this one answers.
    """

    id = UUID(primary_key=True, default=None)
    organisation_id = UUID(null=False, default=None)
    product_id = UUID(null=True, default=None)
    answers_id = UUID(null=True, default=None)
    category_id = UUID(null=True, default=None)
    kind = Text(null=False, default=None)
    state = Text(null=False, default="sent")
    title = Text(null=False, default=None)
    base = Text(null=False, default="")
    changes = JSONB(null=False, default="[]")
    accepted_fields = JSONB(null=True, default=None)
    is_automatic = Boolean(null=False, default=False)
    sent_by = Text(null=False, default=None)
    sent_at = Timestamptz(null=False, default=None)
    due_at = Timestamptz(null=False, default=None)
    decided_by = Text(null=False, default="")
    decided_at = Timestamptz(null=True, default=None)
    reason = Text(null=False, default="")
    version = BigInt(null=False, default=1)


class ProposalMessage(Table, tablename="proposal_messages", schema="catalogue"):
    """What one side told the other about a change set."""

    id = UUID(primary_key=True, default=None)
    proposal_id = UUID(null=False, default=None)
    organisation_id = UUID(null=False, default=None)
    side = Text(null=False, default=None)
    text = Text(null=False, default=None)
    said_by = Text(null=False, default=None)
    said_at = Timestamptz(null=False, default=None)


class ProductChange(Table, tablename="product_changes", schema="catalogue"):
    """One field of a product that an accepted change set changed, and the rule where no person accepted it."""

    id = UUID(primary_key=True, default=None)
    product_id = UUID(null=False, default=None)
    proposal_id = UUID(null=False, default=None)
    field = Text(null=False, default=None)
    old = JSONB(null=True, default=None)
    new = JSONB(null=True, default=None)
    rule_id = UUID(null=True, default=None)
    changed_at = Timestamptz(null=False, default=None)
