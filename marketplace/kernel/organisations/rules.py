"""Owns the rules of organisations: capacities, the roles that each brings, states. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.i18n import lazy
from marketplace.kernel.wording import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterable

CAPACITIES: Final = ("buyer", "supplier", "operator")
# The first role of each capacity can do everything there, and every organisation keeps at least one person who has it. The stored word is
# also the message that pages show, so each is marked for the translators where it stands first.
ROLES: Final[dict[str, tuple[str, ...]]] = {
    "buyer": (lazy("owner"), lazy("purchaser"), lazy("viewer")),
    "supplier": ("owner", lazy("catalogue"), lazy("sales"), lazy("fulfilment"), lazy("finance"), "viewer"),
    "operator": (lazy("admin"), lazy("support")),
}
# What each role may do, told beside its box.
ROLE_HINTS: Final = {
    "owner": lazy("everything, people and keys too"),
    "admin": lazy("everything, people and keys too"),
    "support": lazy("reads everything and helps"),
    "purchaser": lazy("carts, orders and addresses"),
    "catalogue": lazy("offers, prices, stock, sites and certificates"),
    "sales": lazy("answers orders, keeps offers and prices"),
    "fulfilment": lazy("ships orders, keeps sites and stock"),
    "finance": lazy("reads orders and what is due"),
    "viewer": lazy("read-only: sees everything, changes nothing"),
}
FULL_ROLES: Final = frozenset({"owner", "admin"})
STATES: Final[dict[str, tuple[str, ...]]] = {"active": ("suspended", "closed"), "suspended": ("active", "closed"), "closed": ("active",)}
REGISTRATION_CHARACTERS_MAX: Final = 40
REASON_CHARACTERS_MAX: Final = 500


def roles_of(capacities: Iterable[str]) -> tuple[str, ...]:
    """List the roles that an organisation of these capacities knows, each once, in the order in which they are shown."""
    return tuple(dict.fromkeys(role for capacity in CAPACITIES if capacity in capacities for role in ROLES[capacity]))


def check_roles(roles: Iterable[str], *, capacities: Iterable[str], pointer: str = "/roles") -> list[str]:
    """Give the roles in order, without repeats. Raises: InvalidInput for none, or for one that the organisation does not know."""
    known = roles_of(capacities)
    given = set(roles)
    if not given or given - set(known):
        raise InvalidInput(
            errors=(FieldError(pointer, "unknown-role", "Choose at least one of: {roles}.", {"roles": [Phrase(role) for role in known]}),)
        )
    return [role for role in known if role in given]


def check_capacities(capacities: Iterable[str]) -> list[str]:
    """Give the capacities in order. Raises: InvalidInput. The operator's own organisation neither buys nor sells."""
    given = set(capacities)
    if not given or given - set(CAPACITIES) or ("operator" in given and len(given) > 1):
        raise InvalidInput(errors=(FieldError("/capacities", "unknown-capacity", "Choose buyer, supplier or both; the operator stands alone."),))
    return [capacity for capacity in CAPACITIES if capacity in given]


def check_reason(reason: str) -> str:
    """Give the reason without surrounding space. Raises: InvalidInput for a blank or a very long one."""
    text = " ".join(reason.split())
    if not text or len(text) > REASON_CHARACTERS_MAX or not text.isprintable():
        raise InvalidInput(errors=(FieldError("/reason", "reason-needed", "Say why, in 1 to {limit} characters.", {"limit": REASON_CHARACTERS_MAX}),))
    return text


def check_registration_number(value: str) -> str:
    """Give the number of the company register, which may be blank. Raises: InvalidInput."""
    text = " ".join(value.split())
    if len(text) > REGISTRATION_CHARACTERS_MAX or not text.isprintable():
        raise InvalidInput(
            errors=(
                FieldError(
                    "/registration_number",
                    "too-long",
                    "Registration numbers take at most {limit} characters.",
                    {"limit": REGISTRATION_CHARACTERS_MAX},
                ),
            )
        )
    return text
