"""Owns when a number cannot be meant: far from all others of its key, by a factor and by how much the others differ among themselves. Pure.

The distance is taken between logarithms, and the spread is the median distance from the median (MAD), which outliers do not move: Iglewicz and Hoaglin,
"How to Detect and Handle Outliers" (1993), whose modified z-score is 0.6745 · distance / MAD.
"""

from __future__ import annotations

from typing import Final

NUMBERS_MIN: Final = 20
FACTOR_MIN: Final = 100
Z_MIN: Final = 5
# Where more than half of all numbers are the same, a distance of ten percent counts as their spread.
SPREAD_MIN: Final = 0.1
# The usual range holds the middle nine tenths.
LOW, HIGH = 0.05, 0.95
"""Shares of the numbers below the usual range, and below its upper end."""
