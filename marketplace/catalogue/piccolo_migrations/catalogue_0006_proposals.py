"""Lets suppliers propose products and edits of products as change sets that never change, and keeps what came of them."""

from __future__ import annotations

from typing import Any

from piccolo.columns import JSONB, UUID, BigInt, Boolean, Column, Integer, SmallInt, Text, Timestamptz

from marketplace.kernel.migrations import Migration, grant, tenant_policy

ID = "catalogue_0006_proposals"
VERSION = "1.38.0"
DESCRIPTION = "change sets of suppliers, their messages, approval rules, history of products"

TABLES: dict[tuple[str, str], tuple[tuple[str, type[Column], dict[str, Any]], ...]] = {
    ("ApprovalRule", "approval_rules"): (
        ("id", UUID, {"primary_key": True}),
        ("number", Integer, {"unique": True}),
        ("field", Text, {}),
        ("supplier_id", UUID, {"null": True}),
        ("is_automatic", Boolean, {"default": True}),
        ("accepted_min", Integer, {"default": 20}),
        ("percent_min", SmallInt, {"default": 95}),
        ("reason", Text, {}),
        ("made_by", Text, {}),
        ("made_at", Timestamptz, {}),
        ("ended_by", Text, {"default": ""}),
        ("ended_at", Timestamptz, {"null": True}),
    ),
    ("Proposal", "proposals"): (
        ("id", UUID, {"primary_key": True}),
        ("organisation_id", UUID, {}),
        ("product_id", UUID, {"null": True}),
        ("answers_id", UUID, {"null": True}),
        ("category_id", UUID, {"null": True}),
        ("kind", Text, {}),
        ("state", Text, {"default": "sent"}),
        ("title", Text, {}),
        ("base", Text, {"default": ""}),
        ("changes", JSONB, {"default": "[]"}),
        ("accepted_fields", JSONB, {"null": True}),
        ("is_automatic", Boolean, {"default": False}),
        ("sent_by", Text, {}),
        ("sent_at", Timestamptz, {}),
        ("due_at", Timestamptz, {}),
        ("decided_by", Text, {"default": ""}),
        ("decided_at", Timestamptz, {"null": True}),
        ("reason", Text, {"default": ""}),
        ("version", BigInt, {"default": 1}),
    ),
    ("ProposalMessage", "proposal_messages"): (
        ("id", UUID, {"primary_key": True}),
        ("proposal_id", UUID, {}),
        ("organisation_id", UUID, {}),
        ("side", Text, {}),
        ("text", Text, {}),
        ("said_by", Text, {}),
        ("said_at", Timestamptz, {}),
    ),
    ("ProductChange", "product_changes"): (
        ("id", UUID, {"primary_key": True}),
        ("product_id", UUID, {}),
        ("proposal_id", UUID, {}),
        ("field", Text, {}),
        ("old", JSONB, {"null": True}),
        ("new", JSONB, {"null": True}),
        ("rule_id", UUID, {"null": True}),
        ("changed_at", Timestamptz, {}),
    ),
}
WALLS = """
ALTER TABLE catalogue.approval_rules
  ADD FOREIGN KEY (supplier_id) REFERENCES kernel.organisations (id),
  ADD CHECK (number > 0), ADD CHECK (accepted_min BETWEEN 0 AND 100000), ADD CHECK (percent_min BETWEEN 0 AND 100),
  ADD CHECK (field ~ '^(title|description|weight_grams|volume_cm3|attributes(\\..{1,80})?)$'),
  ADD CHECK (char_length(btrim(reason)) BETWEEN 1 AND 500),
  ADD CHECK ((ended_at IS NULL) = (ended_by = ''));
CREATE UNIQUE INDEX approval_rules_in_force ON catalogue.approval_rules (field, coalesce(supplier_id, '00000000-0000-0000-0000-000000000000'::uuid)) WHERE ended_at IS NULL;
ALTER TABLE catalogue.proposals
  ADD FOREIGN KEY (organisation_id) REFERENCES kernel.organisations (id),
  ADD FOREIGN KEY (product_id) REFERENCES catalogue.products (id),
  ADD FOREIGN KEY (category_id) REFERENCES catalogue.categories (id),
  ADD CONSTRAINT proposals_of_organisation UNIQUE (id, organisation_id),
  ADD CONSTRAINT proposals_answered_once UNIQUE (answers_id),
  ADD FOREIGN KEY (answers_id, organisation_id) REFERENCES catalogue.proposals (id, organisation_id),
  ADD CHECK (answers_id <> id),
  ADD CHECK (kind IN ('new', 'edit') AND (kind = 'edit') = (base <> '')),
  ADD CHECK (state IN ('sent', 'revision', 'accepted', 'rejected', 'withdrawn')),
  ADD CHECK ((kind = 'edit' OR state = 'accepted') = (product_id IS NOT NULL)),
  ADD CHECK ((state = 'accepted') = (accepted_fields IS NOT NULL)),
  ADD CHECK ((state = 'sent') = (decided_at IS NULL)),
  ADD CHECK (NOT is_automatic OR state = 'accepted'),
  ADD CHECK (jsonb_typeof(changes) = 'array' AND jsonb_array_length(changes) > 0),
  ADD CHECK (char_length(reason) <= 1000 AND (state NOT IN ('revision', 'rejected') OR btrim(reason) <> ''));
CREATE INDEX proposals_waiting ON catalogue.proposals (due_at, id) WHERE state = 'sent';
CREATE INDEX proposals_of_supplier ON catalogue.proposals (organisation_id, id);
CREATE INDEX proposals_of_product ON catalogue.proposals (product_id, id) WHERE product_id IS NOT NULL;
ALTER TABLE catalogue.proposal_messages
  ADD FOREIGN KEY (proposal_id, organisation_id) REFERENCES catalogue.proposals (id, organisation_id),
  ADD CHECK (side IN ('supplier', 'operator')), ADD CHECK (char_length(btrim(text)) BETWEEN 1 AND 1000);
CREATE INDEX proposal_messages_of ON catalogue.proposal_messages (proposal_id, id);
CREATE TRIGGER proposal_messages_append BEFORE UPDATE OR DELETE ON catalogue.proposal_messages FOR EACH ROW EXECUTE FUNCTION kernel.refuse_change();
ALTER TABLE catalogue.product_changes
  ADD FOREIGN KEY (product_id) REFERENCES catalogue.products (id),
  ADD FOREIGN KEY (proposal_id) REFERENCES catalogue.proposals (id),
  ADD FOREIGN KEY (rule_id) REFERENCES catalogue.approval_rules (id),
  ADD CONSTRAINT product_changes_once UNIQUE (proposal_id, field);
CREATE INDEX product_changes_of_product ON catalogue.product_changes (product_id, id);
CREATE TRIGGER product_changes_append BEFORE UPDATE OR DELETE ON catalogue.product_changes FOR EACH ROW EXECUTE FUNCTION kernel.refuse_change();
GRANT SELECT, INSERT ON catalogue.approval_rules TO marketplace_app;
GRANT UPDATE (ended_at, ended_by) ON catalogue.approval_rules TO marketplace_app;
GRANT SELECT, INSERT ON catalogue.proposals TO marketplace_app;
GRANT UPDATE (state, product_id, accepted_fields, is_automatic, decided_by, decided_at, reason, version) ON catalogue.proposals TO marketplace_app;
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="catalogue", description=DESCRIPTION)
    migration.tables(TABLES)
    migration.after(
        WALLS,
        tenant_policy("catalogue", "proposals", "organisation_id"),
        grant("catalogue", "proposal_messages", "SELECT, INSERT"),
        tenant_policy("catalogue", "proposal_messages", "organisation_id"),
        grant("catalogue", "product_changes", "SELECT, INSERT"),
    )
    return migration
