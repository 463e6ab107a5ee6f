"""Owns the tables of suppliers."""

from piccolo.columns import JSONB, UUID, BigInt, Boolean, Date, SmallInt, Text, Timestamptz
from piccolo.table import Table


class Supplier(Table, tablename="suppliers", schema="vendors"):
    """An organisation that sells. `closed_from` and `closed_to` are a planned closure, both days included, over any state.

    `is_restricted` says that a rule of visibility hides something from somebody; where it is false nobody has to ask.
    `ends_on` is the first day on which a supplier under notice of termination no longer sells. `acceptance_counts` tells whether the hours
    to answer an order run always ("hours") or only while its site works ("working_hours").
    `profile` is what the supplier says of itself: about text per language, website and contact as plain words per key.
    """

    organisation_id = UUID(primary_key=True, default=None)
    slug = Text(null=False, unique=True, default=None)
    state = Text(null=False, default="open")
    closed_from = Date(null=True, default=None)
    closed_to = Date(null=True, default=None)
    ends_on = Date(null=True, default=None)
    auto_accepts = Boolean(null=False, default=False)
    acceptance_hours = SmallInt(null=False, default=48)
    acceptance_counts = Text(null=False, default="hours")
    default_incoterm = Text(null=False, default="EXW")
    profile = JSONB(null=False, default="{}")
    version = BigInt(null=False, default=1)
    created_at = Timestamptz(null=False, default=None)
    is_restricted = Boolean(null=False, default=False)


class SupplierCheck(Table, tablename="supplier_checks", schema="vendors"):
    """One check that the operator made of a supplier, with its date: only the operator writes here."""

    id = UUID(primary_key=True, default=None)
    supplier_id = UUID(null=False, default=None)
    kind = Text(null=False, default=None)
    passed_on = Date(null=False, default=None)
    expires_on = Date(null=True, default=None)
    reference = Text(null=False, default="")
    actor = Text(null=False, default=None)
