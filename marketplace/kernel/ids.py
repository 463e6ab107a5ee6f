"""Owns the making of identifiers: UUID version 7 (RFC 9562), ordered by time, so that indexes grow at one end."""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

COUNTER_MAX = 0xFFF

_lock = threading.Lock()
_last_ms = 0
_counter = 0


def uuid7(at_ms: int | None = None) -> UUID:
    """Make a UUIDv7 (RFC 9562 §5.7, method 1): 48 bits of Unix milliseconds, a 12-bit counter within one, 62 random bits.

    `at_ms` sets the time for rows that are made as of another day; such ids are not counted, only random within the millisecond.
    """
    global _last_ms, _counter  # noqa: PLW0603 - the order within one millisecond is a fact of the process
    # One call to the system for all that is random here: eight bytes for the tail, two for the counter to start at.
    drawn = int.from_bytes(os.urandom(10))
    if at_ms is None:
        with _lock:
            now_ms = time.time_ns() // 1_000_000
            if now_ms <= _last_ms:
                _counter += 1
                if _counter > COUNTER_MAX:
                    _last_ms += 1
                    _counter = 0
            else:
                _last_ms, _counter = now_ms, drawn >> 64 & 0x7F
            milliseconds, sequence = _last_ms, _counter
    else:
        milliseconds, sequence = at_ms, drawn >> 64 & COUNTER_MAX
    tail = drawn & ((1 << 62) - 1)
    return UUID(int=(milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | sequence << 64 | 0b10 << 62 | tail)
