"""Owns the forms of the pages on orders."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec

from marketplace.kernel.versions import Version
from marketplace.trade.orders.schemas import Reason
from marketplace.trade.shipments.schemas import Carrier, TrackingNumber

Typed = Annotated[str, msgspec.Meta(max_length=24)]


class LinesForm(msgspec.Struct, kw_only=True):
    """Quantities as typed, one for each line named; the order's version that was looked at."""

    version: Version
    line_id: Annotated[list[UUID], msgspec.Meta(max_length=500)] = []
    quantity: Annotated[list[Typed], msgspec.Meta(max_length=500)] = []


class ShipForm(LinesForm, kw_only=True):
    """A hand-over as typed."""

    carrier: Carrier
    tracking_number: TrackingNumber


class ReasonForm(msgspec.Struct, kw_only=True):
    """A refusal or cancellation as typed."""

    version: Version
    reason: Reason


class VersionForm(msgspec.Struct, kw_only=True):
    """An act that needs no more than the version that was looked at."""

    version: Version
