"""Owns the words of the pages of sorting: categories with their branches, and who decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marketplace.catalogue.taxonomy.schemas import Category


def category_pairs(tree: Sequence[Category], *, locale: str) -> list[tuple[str, str]]:
    """Give (id, branch / leaf) of every category, branch by branch, for a list to choose from."""
    names = {one.id: one.name(locale) for one in tree}
    ranks = {one.id: (one.position, one.slug) for one in tree}
    ordered = sorted(tree, key=lambda one: [ranks[part] for part in one.path])
    return [(str(one.id), " / ".join(names[part] for part in one.path)) for one in ordered]


def deciders() -> dict[str, str]:
    """Name who decided where a product stands."""
    return {"rule": _("a rule"), "operator": _("an operator"), "source": _("its source"), "nobody": _("nobody yet")}


def kinds() -> dict[str, str]:
    """Name what a rule goes by."""
    return {"type": _("what the title says it is"), "attribute": _("an attribute"), "brand": _("the brand")}
