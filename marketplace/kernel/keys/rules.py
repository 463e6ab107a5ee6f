"""Owns the rules of API keys: the catalogue of scopes, the key's text, networks. Pure."""

from __future__ import annotations

import ipaddress
import re
import secrets
from typing import TYPE_CHECKING, Final

from marketplace.kernel.errors import FieldError, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

# Which capacities have a use for each scope; the forms list them so.
SCOPES: Final[dict[str, tuple[str, ...]]] = {
    "catalogue:read": ("buyer", "supplier", "operator"),
    "catalogue:write": ("supplier", "operator"),
    "offers:read": ("buyer", "supplier", "operator"),
    "offers:write": ("supplier",),
    "suppliers:read": ("supplier", "operator"),
    "carts:read": ("buyer",),
    "carts:write": ("buyer",),
    "comparisons:read": ("buyer",),
    "comparisons:write": ("buyer",),
    "orders:read": ("buyer", "supplier", "operator"),
    "orders:write": ("buyer", "supplier"),
    "addresses:read": ("buyer",),
    "addresses:write": ("buyer",),
    "organisations:read": ("buyer", "supplier", "operator"),
    "organisations:write": ("buyer", "supplier", "operator"),
}
NETWORKS_MAX: Final = 20
DAYS_MAX: Final = 730
_KEY = re.compile(r"mk_([0-9a-f]{12})_[A-Za-z0-9_-]{43}", re.ASCII)


def new_key() -> tuple[str, str]:
    """Make a key: its visible prefix, and the whole with 256 random bits."""
    prefix = secrets.token_hex(6)
    return prefix, f"mk_{prefix}_{secrets.token_urlsafe(32)}"


def prefix_of(key: str) -> str | None:
    """Give the prefix of what looks like a key."""
    found = _KEY.fullmatch(key)
    return None if found is None else found.group(1)


def check_scopes(scopes: Iterable[str], *, capacities: Iterable[str]) -> list[str]:
    """Give the scopes in the order of the catalogue. Raises: InvalidInput for none, or one that these capacities have no use for."""
    given = set(scopes)
    known = scopes_for(capacities)
    if not given or given - set(known):
        raise InvalidInput(errors=(FieldError("/scopes", "unknown-scope", "Choose at least one of: {scopes}.", {"scopes": ", ".join(known)}),))
    return [scope for scope in known if scope in given]


def scopes_for(capacities: Iterable[str]) -> list[str]:
    """List the scopes that an organisation of these capacities has a use for."""
    held = set(capacities)
    return [scope for scope, used_by in SCOPES.items() if held & set(used_by)]


def check_days(days: int) -> int:
    """Give the life in days. Raises: InvalidInput."""
    if not 1 <= days <= DAYS_MAX:
        raise InvalidInput(errors=(FieldError("/days", "out-of-range", "Keys live for 1 to {limit} days.", {"limit": DAYS_MAX}),))
    return days


def check_networks(networks: Iterable[str]) -> list[str]:
    """Give the networks in CIDR form. Raises: InvalidInput."""
    given = [network.strip() for network in networks if network.strip()]
    try:
        checked = [str(ipaddress.ip_network(network, strict=False)) for network in given[: NETWORKS_MAX + 1]]
    except ValueError:
        checked = None
    if checked is None or len(given) > NETWORKS_MAX:
        limit = {"limit": NETWORKS_MAX}
        raise InvalidInput(
            errors=(
                FieldError("/networks", "bad-network", "Give at most {limit} addresses or networks, such as 203.0.113.7 or 203.0.113.0/24.", limit),
            )
        )
    return list(dict.fromkeys(checked))


def is_from(address: str, networks: Iterable[str]) -> bool:
    """Tell whether an address lies in one of the networks; with none listed every address does."""
    listed = list(networks)
    if not listed:
        return True
    try:
        place = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(place, "ipv4_mapped", None)
    return any((mapped or place) in ipaddress.ip_network(network) for network in listed)
