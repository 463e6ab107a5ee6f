"""Makes what suppliers keep of themselves: their life cycle with every act on it, certificates, hours of sites, and how answers are counted."""

from piccolo.columns import UUID, Array, BigInt, Column, Date, Text, Time, Timestamptz

from marketplace.kernel.migrations import Migration, grant, tenant_policy

ID = "vendors_0003_suppliers"
VERSION = "1.38.0"
DESCRIPTION = "acts on suppliers, certificates, hours of sites, the end of a notice, working hours to answer"


def _id() -> UUID:
    return UUID(null=False, default=None)


def _text(default: str | None = None) -> Text:
    return Text(null=False, default=default)


def _tables() -> dict[tuple[str, str], dict[str, Column]]:
    return {
        ("SupplierAct", "supplier_acts"): {
            "id": UUID(primary_key=True, default=None),
            "supplier_id": _id(),
            "act": _text(),
            "from_state": _text(),
            "to_state": _text(),
            "closed_from": Date(null=True, default=None),
            "closed_to": Date(null=True, default=None),
            "ends_on": Date(null=True, default=None),
            "reason": _text(),
            "principal": _text(),
            "by_side": _text(),
            "at": Timestamptz(null=False, default=None),
        },
        ("Certificate", "certificates"): {
            "id": UUID(primary_key=True, default=None),
            "supplier_id": _id(),
            "kind": _text(),
            "number": _text(),
            "issuer": _text(),
            "issued_on": Date(null=False, default=None),
            "expires_on": Date(null=True, default=None),
            "note": _text(""),
            "state": _text("stated"),
            "stated_at": Timestamptz(null=False, default=None),
            "confirmed_at": Timestamptz(null=True, default=None),
            "confirmed_by": _text(""),
            "version": BigInt(null=False, default=1),
        },
    }


CONSTRAINTS = """
ALTER TABLE vendors.suppliers
  ADD CONSTRAINT suppliers_acceptance_counts CHECK (acceptance_counts IN ('hours', 'working_hours')),
  ADD CONSTRAINT suppliers_terminated CHECK (state <> 'terminated' OR ends_on IS NOT NULL);
ALTER TABLE vendors.sites
  ADD CONSTRAINT sites_hours CHECK ((opens_at IS NULL) = (closes_at IS NULL) AND (opens_at IS NULL OR
    cardinality(opens_at) = cardinality(working_days) AND cardinality(closes_at) = cardinality(working_days)
    AND cut_off > ALL (opens_at) AND cut_off <= ALL (closes_at)));
ALTER TABLE vendors.supplier_acts
  ADD FOREIGN KEY (supplier_id) REFERENCES vendors.suppliers (organisation_id),
  ADD CONSTRAINT supplier_acts_act CHECK (act IN
    ('pause', 'reopen', 'close', 'cancel_closure', 'suspend', 'lift', 'give_notice', 'withdraw_notice', 'end')),
  ADD CONSTRAINT supplier_acts_by CHECK (by_side IN ('supplier', 'operator')),
  ADD CONSTRAINT supplier_acts_closure CHECK ((act = 'close') = (closed_from IS NOT NULL) AND (act = 'close') = (closed_to IS NOT NULL)
    AND closed_from <= closed_to),
  ADD CONSTRAINT supplier_acts_end CHECK ((act = 'give_notice') = (ends_on IS NOT NULL)),
  ADD CONSTRAINT supplier_acts_reason CHECK (length(btrim(reason)) BETWEEN 1 AND 4000);
CREATE INDEX supplier_acts_supplier ON vendors.supplier_acts (supplier_id, at DESC, id DESC);
ALTER TABLE vendors.certificates
  ADD FOREIGN KEY (supplier_id) REFERENCES vendors.suppliers (organisation_id),
  ADD CONSTRAINT certificates_number UNIQUE (supplier_id, kind, number),
  ADD CONSTRAINT certificates_state CHECK (state IN ('stated', 'confirmed', 'withdrawn')),
  ADD CONSTRAINT certificates_dates CHECK (expires_on > issued_on),
  ADD CONSTRAINT certificates_confirmed CHECK ((confirmed_at IS NOT NULL) = (confirmed_by <> '') AND (state <> 'confirmed' OR confirmed_at IS NOT NULL)),
  ADD CONSTRAINT certificates_words CHECK (kind <> '' AND number <> '' AND issuer <> '');
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="vendors", description=DESCRIPTION)
    migration.tables(_tables())
    for class_name, tablename, name, column_class, params in (
        ("Supplier", "suppliers", "ends_on", Date, {"null": True, "default": None}),
        ("Supplier", "suppliers", "acceptance_counts", Text, {"null": False, "default": "hours"}),
        ("Site", "sites", "opens_at", Array, {"base_column": Time(), "null": True, "default": None}),
        ("Site", "sites", "closes_at", Array, {"base_column": Time(), "null": True, "default": None}),
    ):
        migration.add_column(
            table_class_name=class_name, tablename=tablename, column_name=name, column_class=column_class, params=params, schema="vendors"
        )
    migration.after(
        CONSTRAINTS,
        grant("vendors", "supplier_acts", "SELECT, INSERT"),
        grant("vendors", "certificates", "SELECT, INSERT, UPDATE"),
        tenant_policy("vendors", "supplier_acts", "supplier_id"),
    )
    return migration
