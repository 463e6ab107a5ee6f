"""Tests how a caller says which version it saw."""

from __future__ import annotations

import pytest

from marketplace.kernel.errors import VersionConflict
from marketplace.kernel.versions import VersionNeeded, seen_version


def test_a_version_comes_from_the_body_or_from_if_match() -> None:
    assert seen_version(3, None) == 3
    assert seen_version(None, '"7"') == 7
    assert seen_version(None, 'W/"7"') == 7
    with pytest.raises(VersionNeeded):
        seen_version(None, None)
    for wrong in ("*", '"x"', "\u0661", '"1234567890"'):
        with pytest.raises(VersionConflict):
            seen_version(None, wrong)
