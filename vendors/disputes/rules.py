"""Owns what a supplier may say that its offer is, names in one line and a reason in letters that can be seen, and the order of disputes. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.errors import Faults, FieldError
from marketplace.kernel.names import clean_lines, unseen

if TYPE_CHECKING:
    from vendors.disputes.schemas import DisputeIn, DisputeOut, Place

NO_TITLE = "Say what you offer."
NO_REASON = "Say why it is another thing."


def place(one: DisputeOut) -> Place:
    """Give where a dispute stands in a list, as the query orders it."""
    is_over = one.state != "open"
    moment = (one.asked_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return is_over, -moment if is_over else moment, one.id


def cleaned(data: DisputeIn) -> DisputeIn:
    """Give what is said with one blank between words, the reason in its lines. Raises: InvalidInput with every fault at its field."""
    faults = Faults()
    names = {name: " ".join(str(getattr(data, name)).split()) for name in ("title", "brand", "part_number")}
    reason = faults.take(lambda: clean_lines(data.reason, pointer="/reason"), data.reason)
    faults.extend(
        FieldError(f"/{name}", "missing", words)
        for name, text, words in (("title", names["title"], NO_TITLE), ("reason", reason, NO_REASON))
        if not text
    )
    faults.extend(unseen(f"/{name}") for name, text in names.items() if not text.isprintable())
    faults.refuse()
    return msgspec.structs.replace(data, reason=reason, **names)
