"""Owns what a supplier may say that its offer is: names in one line and a reason, in letters that can be seen. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.errors import Faults, FieldError
from marketplace.kernel.names import clean_lines, unseen

if TYPE_CHECKING:
    from vendors.disputes.schemas import DisputeIn

NO_TITLE = "Say what you offer."
NO_REASON = "Say why it is another thing."


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
