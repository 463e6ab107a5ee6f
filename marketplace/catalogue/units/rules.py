"""Owns the conversion between what people write as a quantity and integer steps of the unit."""

import re

QUANTITY = re.compile(r"(0|[1-9][0-9]{0,6})(?:\.([0-9]{1,3}))?", re.ASCII)
QUANTITY_MAX = 1_000_000


def parse_steps(text: str, *, decimals: int) -> int | None:
    """Turn "12.5" into integer steps (1250 for two decimals); None for what is not a quantity above 0 and up to 1,000,000 of this unit.

    Only ASCII digits and one point: no sign, exponent, blank, comma or thousands mark, so that nothing is guessed.
    """
    match = QUANTITY.fullmatch(text)
    if match is None:
        return None
    fraction = (match[2] or "").rstrip("0")
    if len(fraction) > decimals:
        return None
    steps = int(match[1]) * 10**decimals + int(fraction.ljust(decimals, "0") or "0")
    return steps if 0 < steps <= QUANTITY_MAX * 10**decimals else None


def format_steps(steps: int, *, decimals: int) -> str:
    """Turn integer steps into ASCII decimal text without trailing zeros: 1250 with two decimals is "12.5"."""
    if decimals == 0:
        return str(steps)
    whole, fraction = divmod(abs(steps), 10**decimals)
    tail = f"{fraction:0{decimals}d}".rstrip("0")
    return f"{'-' if steps < 0 else ''}{whole}{'.' + tail if tail else ''}"
