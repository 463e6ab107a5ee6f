"""The guards that `scripts/faults` removes still stand where its list says, and the tests beside them exist."""

from __future__ import annotations

import re

import pytest

from marketplace.kernel.settings import checkout_dir
from marketplace.world.faults import SourceHasMoved, changed
from marketplace.world.faults_list import FAULTS, Cut, Fault


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "_"))
def test_a_guard_stands_where_the_list_says(fault: Fault) -> None:
    root = checkout_dir()
    texts = changed(root, fault)
    assert {path.relative_to(root).as_posix() for path in texts} == {cut.path for cut in fault.cuts}
    assert all(text != path.read_text(encoding="utf-8") for path, text in texts.items())


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "_"))
def test_the_tests_beside_a_guard_exist(fault: Fault) -> None:
    for name in fault.tests:
        path, _, function = name.partition("::")
        text = (checkout_dir() / path).read_text(encoding="utf-8")
        assert not function or re.search(rf"def {function.partition('[')[0]}\(", text), name


def test_a_guard_that_has_moved_is_told() -> None:
    fault = Fault("moved", (Cut("README.md", "no such text in it", ""),), ())
    with pytest.raises(SourceHasMoved):
        changed(checkout_dir(), fault)
