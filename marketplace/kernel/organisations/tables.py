"""Owns the tables of organisations and memberships."""

from __future__ import annotations

from piccolo.columns import UUID, Array, Integer, Text, Timestamptz
from piccolo.table import Table


class Organisation(Table, tablename="organisations", schema="kernel"):
    """A company: supplier, buyer, operator, or several of these at once."""

    id = UUID(primary_key=True, default=None, null=False)
    legal_name = Text(null=False, default=None)
    display_name = Text(null=False, default=None)
    name_skeleton = Text(null=False, default=None, unique=True)
    name_skeleton_cased = Text(null=False, default=None, unique=True)
    registration_number = Text(null=False, default="")
    country = Text(null=False, default=None)
    time_zone = Text(null=False, default=None)
    locale = Text(null=False, default="en")
    currency = Text(null=False, default=None)
    capacities = Array(base_column=Text(), null=False, default=None)
    state = Text(null=False, default="active")
    version = Integer(null=False, default=1)
    created_at = Timestamptz(null=False, default=None)


class Membership(Table, tablename="memberships", schema="kernel"):
    """A person in an organisation, with roles there. One row for each pair; leaving sets the state."""

    id = UUID(primary_key=True, default=None, null=False)
    organisation_id = UUID(null=False, default=None)
    person_id = UUID(null=False, default=None)
    roles = Array(base_column=Text(), null=False, default=None)
    state = Text(null=False, default="active")
    version = Integer(null=False, default=1)
    created_at = Timestamptz(null=False, default=None)
