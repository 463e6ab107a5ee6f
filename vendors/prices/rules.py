"""Owns the pure rules of prices over time: which spans clash, which version holds at a moment, and local moments as they are typed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from marketplace.kernel.calendar import zone
from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.i18n import lazy
from vendors.prices.errors import PriceBackdated, PriceEndsFirst, PriceTooFarAhead
from vendors.prices.schemas import Span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from vendors.prices.schemas import NewPrice, PriceVersion

AHEAD_MAX = timedelta(days=1100)
LOCAL = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:00)?", re.ASCII)
NOT_A_MOMENT = lazy("Give a day and a time such as 2027-01-04T08:00.")
NO_SUCH_MOMENT = lazy("The clocks skip this time on that day; take {before} or {after}.")
TWICE = lazy("This time comes twice on that day; take {before} or {after}.")


def span_of(price: NewPrice, *, now: datetime) -> Span:
    """Give from when and until when a new price holds. Raises: PriceBackdated, PriceTooFarAhead, PriceEndsFirst."""
    starts = price.starts or now
    if starts < now:
        raise PriceBackdated
    if starts > now + AHEAD_MAX:
        raise PriceTooFarAhead(days=AHEAD_MAX.days)
    if price.ends is not None and not starts < price.ends <= now + 2 * AHEAD_MAX:
        raise PriceEndsFirst
    return Span(starts, price.ends)


def clash(new: Span, planned: Sequence[Span]) -> Span | None:
    """Give the first span that a new one cannot stand beside, None where there is none.

    Two that begin at once clash, and so does one that begins while another that ends is under way: it would cut it short. Prices without an end
    follow each other, each until the next begins.
    """
    for one in planned:
        is_cut = one.ends is not None and one.starts < new.starts < one.ends
        cuts = new.ends is not None and new.starts < one.starts < new.ends
        if one.starts == new.starts or is_cut or cuts:
            return one
    return None


def in_force(versions: Sequence[PriceVersion], moment: datetime) -> PriceVersion | None:
    """Give the version that holds at a moment: of those that hold the one that began last, and of equals the one written last. As the SQL says."""
    holding = [one for one in versions if one.withdrawn_at is None and one.starts <= moment and (one.ends is None or one.ends > moment)]
    return max(holding, key=lambda one: (one.starts, one.seq), default=None)


def unit_price(version: PriceVersion, *, quantity: int) -> Decimal | None:
    """Give the unit price of the highest tier that a quantity reaches, None below the first."""
    return next((tier.unit_price for tier in reversed(version.tiers) if tier.from_quantity <= quantity), None)


def steps(versions: Sequence[PriceVersion], *, quantity: int) -> list[tuple[datetime, Decimal | None]]:
    """Give the unit price at a quantity as a line of steps: each moment at which it changed, oldest first, None where no price held or reached so low."""
    moments = sorted({one.starts for one in versions} | {one.ends for one in versions if one.ends is not None and one.withdrawn_at is None})
    line: list[tuple[datetime, Decimal | None]] = []
    for moment in moments:
        version = in_force(versions, moment)
        price = unit_price(version, quantity=quantity) if version else None
        if not line or line[-1][1] != price:
            line.append((moment, price))
    return line


def moment_in(text: str, *, time_zone: str, pointer: str) -> datetime:
    """Give the moment of a local time as typed (2027-01-04T08:00) in a zone, in UTC.

    Raises: InvalidInput at the pointer for what is no time, and for times that the clocks of that day skip or repeat, naming the next before and after.
    """
    typed = text.strip()
    try:
        local = datetime.fromisoformat(typed) if LOCAL.fullmatch(typed) else None
    except ValueError:
        local = None
    if local is None:
        raise InvalidInput(errors=(FieldError(pointer, "bad-moment", NOT_A_MOMENT, {}),))
    first, second = (local.replace(tzinfo=zone(time_zone), fold=fold).utcoffset() for fold in (0, 1))
    assert first is not None, "a zone has an offset"
    assert second is not None, "a zone has an offset"
    if first != second:
        # Where clocks go forward the earlier reading of a skipped time is the later offset's, and the other way round.
        step = abs(first - second)
        params: dict[str, object] = {"before": _clock(local - step), "after": _clock(local + step)}
        message, code = (NO_SUCH_MOMENT, "no-such-moment") if second > first else (TWICE, "moment-twice")
        raise InvalidInput(errors=(FieldError(pointer, code, message, params),))
    return (local - first).replace(tzinfo=UTC)


def _clock(local: datetime) -> str:
    return f"{local:%Y-%m-%dT%H:%M}"
