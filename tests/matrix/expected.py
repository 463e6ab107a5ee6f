"""Owns what a write on an own object answers in the matrix: success, unless the sample is one that has to be refused, and then with which status."""

from __future__ import annotations

from typing import Final

SUCCESS: Final = frozenset({200, 201, 202, 204, 303})
# The sample proves nothing: a wrong password or code.
WRONG_PROOF: Final = {
    "POST /api/v1/sessions": 401,
    "POST /sign-in": 401,
    "POST /sign-in/code": 401,
    "POST /step-up": 422,
    "POST /api/v1/session/step-up": 422,
    "POST /account/password": 422,
    "PUT /api/v1/account/password": 422,
    "POST /account/totp": 422,
    "PUT /api/v1/account/totp": 422,
}
# The world stands so that the rules refuse it.
REFUSED: Final[dict[str, int | dict[str, int]]] = {
    # The one member of each organisation is its last owner.
    "DELETE /api/v1/organisation/members/{member_id:uuid}": 409,
    "POST /members/{member_id:uuid}/remove": 409,
    "POST /members/leave": {"anonymous": 401, "buyer_a": 409, "buyer_b": 409, "supplier_a": 409, "supplier_b": 409, "operator": 409},
    "DELETE /api/v1/organisation/membership": {
        "anonymous": 401,
        "buyer_a": 409,
        "buyer_b": 409,
        "supplier_a": 409,
        "supplier_b": 409,
        "operator": 409,
    },
    # The order waits for its supplier's answer.
    "POST /api/v1/orders/{order_id:uuid}/shipments": 409,
    "POST /orders/{order_id:uuid}/ship": 409,
    # Its own organisation is the one that an operator cannot suspend.
    "POST /api/v1/operator/organisations/{organisation_id:uuid}/state": 409,
    "POST /operator/organisations/{organisation_id:uuid}/state": 409,
    # And the one that cannot sell.
    "POST /api/v1/operator/organisations/{organisation_id:uuid}/supplier": 422,
    "POST /operator/organisations/{organisation_id:uuid}/supplier": 422,
    # Operators need a second factor, which the sample has not.
    "POST /invitations/{token:str}": {"anonymous": 422, "operator": 422},
    "POST /api/v1/invitations/{token:str}/acceptance": {"anonymous": 422, "operator": 422},
    # No delivery of that name was given up.
    "POST /operator/works/revive": 422,
    # The supplier offers no such article.
    "POST /supplier/freight/pallets": 422,
    # A supplier cancels what it has accepted, a buyer what nobody has.
    "POST /api/v1/orders/{order_id:uuid}/cancel": {"supplier_a": 409, "supplier_b": 409},
    "POST /orders/{order_id:uuid}/cancel": {"supplier_a": 409, "supplier_b": 409},
    # The sample's roles are a buyer's or supplier's.
    "POST /members/invitations": {"operator": 422},
    "POST /api/v1/organisation/invitations": {"operator": 422},
    "POST /operator/organisations/{organisation_id:uuid}/invitations": 422,
    "POST /members/{member_id:uuid}/roles": {"operator": 422},
    "PUT /api/v1/organisation/members/{member_id:uuid}/roles": {"operator": 422},
    # Nobody acts for no organisation.
    "PUT /api/v1/session/organisation": {"anonymous": 422},
    "POST /switch-organisation": {"anonymous": 401},
    "POST /api/v1/session/step-up": {"anonymous": 401},
    # The second supplier has done more than the first in the world, and its version is another.
    "POST /api/v1/supplier/life": {"supplier_b": 412},
    "POST /supplier/state/change": {"supplier_b": 412},
    "PUT /api/v1/supplier/profile": {"supplier_b": 412},
    "POST /supplier/profile": {"supplier_b": 412},
    "POST /api/v1/visibility/grants": {"supplier_b": 409},
    "POST /supplier/visibility/grants": {"supplier_b": 409},
}


def statuses(route: str, caller: str) -> frozenset[int]:
    """Give the statuses by which a write of a caller's own may be answered."""
    refused = REFUSED.get(route)
    status = refused.get(caller) if isinstance(refused, dict) else refused
    status = status or WRONG_PROOF.get(route)
    return SUCCESS if status is None else frozenset({status})
