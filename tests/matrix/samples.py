"""Owns what the generated matrix sends: a body that passes the first look of each writing route, so that its answer turns on whose object it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tests.world_matches import PATTERN
from tests.world_sorting import PROPOSED

if TYPE_CHECKING:
    from tests.world import World

MISSING = str(UUID(int=0x0123456789AB7DEF8123456789ABCDEF))
OWN_ORGANISATION = "the caller's own"
MISSING_TOKEN = "A" * 43
ADDRESS = {"label": "Plant 2", "recipient": "Goods in", "lines": ["Werkstraße 3"], "city": "Dresden", "postal_code": "01067", "country": "DE"}
ADDRESS_FORM = {"label": "Plant 2", "recipient": "Goods in", "lines": "Werkstraße 3", "city": "Dresden", "postal_code": "01067", "country": "DE"}
SITE = {"name": "Matrix yard", "country": "DE", "city": "Bremen", "postal_code": "28195", "time_zone": "Europe/Berlin"}
SITE_FORM = {**SITE, "cut_off": "14:00", "working_days": ["1", "2"]}
REASON = "Ordered twice by mistake."
CERTIFICATE = {"kind": "ISO 9001", "number": "MATRIX-1", "issuer": "TÜV Nord", "issued_on": "2025-03-01"}
CONTEST = {"kind": "accepted", "wrong": "void", "reason": "The buyer took it back before."}
LEGAL = {"legal_name": "Nordwind Handels GmbH", "registration_number": "HRB 1", "country": "DE", "reason": "Seen in the register."}
POINTS = {"cost": "40", "time": "15", "on_time": "30", "checks": "10", "stock": "5", "cost_slope": "100"}
WEIGHTS = {name: int(points) * 1000 for name, points in POINTS.items()}
# In a currency in which the world's supplier has no table yet.
FREIGHT = {
    "name": "Matrix parcels", "currency": "CHF", "valid_from": "2030-01-01",
    "zones": [{"code": "near", "transit_days": 2, "areas": ["DE", "FR 01..09"], "rates": [{"up_to": 1000, "amount_minor": 490}]}],
}  # fmt: skip
FREIGHT_FILE = "record,zone,country,up_to,amount,transit_days,name,currency,valid_from\r\ntable,,,,,,Matrix,CHF,2030-01-01\r\nzone,near,,,,2,,,\r\narea,near,DE,,,,,,\r\n"
DUTY_FILE = "destination,hs_prefix,percent,valid_from,source\r\nCA,9999,2.5,2027-01-01,Tariff\r\n"
FREIGHT_FORM = {
    "name": "Matrix parcels", "currency": "CHF", "valid_from": "2030-01-01", "bound": ["1"], "zone_code": ["near"], "zone_areas": ["DE"], "zone_days": ["2"],
    "amount": ["4.90"],
}  # fmt: skip
DISPUTE = {"title": "Ball bearing 6204, sealed", "reason": "Ours is sealed on both sides."}
PARCEL = {"carrier": "Kestrel Freight", "tracking_number": "MATRIX1"}


SCHEMA = [{"key": "finish", "kind": "text", "labels": {"en": "Finish"}}]
KEEPING: dict[str, dict[str, Any]] = {
    "POST /api/v1/operator/number-flags/{flag_id:uuid}/decision": {"state": "right", "seen": "open"},
    "POST /operator/numbers/{flag_id:uuid}": {"state": "left_out", "seen": "open"},
    "POST /api/v1/operator/categories": {"slug": "matrix-goods", "names": {"en": "Matrix goods"}},
    "PUT /api/v1/operator/categories/{category_id:uuid}": {"names": {"en": "Matrix valves"}, "version": 1},
    "POST /api/v1/operator/categories/{category_id:uuid}/move": {"version": 1},
    "POST /operator/categories": {"slug": "matrix-things", "name_en": "Matrix things"},
    "POST /operator/categories/{category_id:uuid}": {"name_en": "Matrix valves", "version": "1"},
    "POST /operator/categories/{category_id:uuid}/move": {"version": "1"},
    "POST /api/v1/operator/categories/{category_id:uuid}/schema/preview": {"attributes": SCHEMA},
    "PUT /api/v1/operator/categories/{category_id:uuid}/schema": {"attributes": SCHEMA, "reason": "Matrix asks.", "after": 2},
    "POST /operator/categories/{category_id:uuid}/schema": {
        "step": "publish", "key": "finish", "kind": "text", "label_en": "Finish", "after": "2", "reason": "Matrix asks.",
    },
}  # fmt: skip


def bodies(world: World, buyer: dict[str, str], supplier: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Give a body by route, with the ids of the caller's own side in it. An empty one is meant: the route takes none, or needs nothing in it."""
    return (
        KEEPING
        | _identity()
        | _offers_and_company(world, supplier)
        | _own_offers(world, supplier)
        | _grid(supplier)
        | _feed()
        | _proposals(world)
        | _matches(buyer)
        | _sorting(buyer)
        | _trade(world, buyer)
    )


def _identity() -> dict[str, dict[str, Any]]:
    return {
        "POST /api/v1/sessions": {"email": "nobody@demo.example", "password": "wrong password here"},
        "PUT /api/v1/session/organisation": {"organisation_id": OWN_ORGANISATION},
        "POST /api/v1/session/step-up": {"password": "wrong password here"},
        "DELETE /api/v1/session": {},
        "PUT /api/v1/account": {"name": "Nora Lindqvist", "locale": "en"},
        "PUT /api/v1/account/password": {"present_password": "wrong password here", "new_password": "a long enough other password 7"},
        "PUT /api/v1/account/totp": {"totp_secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "totp_code": "000000"},
        "PUT /api/v1/organisation/members/{member_id:uuid}/roles": {"roles": ["owner"], "version": 1},
        "DELETE /api/v1/organisation/members/{member_id:uuid}": {},
        "DELETE /api/v1/organisation/membership": {},
        "POST /api/v1/operator/organisations": {"legal_name": "Matrix GmbH", "country": "DE", "capacities": ["buyer"], "currency": "EUR"},
        "POST /api/v1/operator/organisations/{organisation_id:uuid}/state": {"state": "suspended", "reason": "Asked for by the court.", "version": 1},
        "POST /api/v1/organisation/invitations": {"email": "new.person@demo.example", "roles": ["viewer"]},
        "DELETE /api/v1/organisation/invitations/{invitation_id:uuid}": {},
        "POST /api/v1/invitations/{token:str}/acceptance": {"password": "a long enough other password 7", "name": "Ada Keller"},
        "POST /api/v1/organisation/api-keys": {"name": "Matrix", "scopes": ["orders:read"]},
        "POST /api/v1/organisation/api-keys/{key_id:uuid}/rotate": {"overlap_hours": 1},
        "POST /api/v1/organisation/api-keys/{key_id:uuid}/revoke": {},
        "POST /sign-in": {"email": "nobody@demo.example", "password": "wrong password here"},
        "POST /sign-in/code": {"code": "000000"},
        "POST /sign-out": {},
        "POST /step-up": {"password": "wrong password here"},
        "POST /switch-organisation": {"organisation_id": OWN_ORGANISATION},
        "POST /account/profile": {"name": "Nora Lindqvist", "locale": "en"},
        "POST /account/password": {"present_password": "wrong password here", "new_password": "a long enough other password 7"},
        "POST /account/totp": {"totp_secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "totp_code": "000000", "password": "wrong password here"},
        "POST /invitations/{token:str}": {"password": "a long enough other password 7", "name": "Ada Keller"},
        "POST /members/invitations": {"email": "new.person@demo.example", "roles": "viewer"},
        "POST /members/invitations/{invitation_id:uuid}/withdraw": {},
        "POST /members/{member_id:uuid}/roles": {"roles": "owner", "version": "1"},
        "POST /members/{member_id:uuid}/remove": {},
        "POST /members/leave": {},
        "POST /members/api-keys": {"name": "Matrix", "scopes": "orders:read"},
        "POST /members/api-keys/{key_id:uuid}/rotate": {"overlap_hours": "1"},
        "POST /members/api-keys/{key_id:uuid}/revoke": {},
        "POST /operator/organisations": {"legal_name": "Matrix GmbH", "country": "DE", "capacities": "buyer", "currency": "EUR"},
        "POST /operator/organisations/{organisation_id:uuid}/state": {"state": "suspended", "reason": "Asked for by the court.", "version": "1"},
        "POST /operator/organisations/{organisation_id:uuid}/invitations": {"email": "new.person@demo.example", "roles": "viewer"},
        "POST /operator/organisations/{organisation_id:uuid}/api-keys/{key_id:uuid}/revoke": {},
        "POST /operator/works/revive": {},
    }  # fmt: skip


def _offers_and_company(world: World, supplier: dict[str, str]) -> dict[str, dict[str, Any]]:
    offer = world.offers[0]
    return {
        "POST /api/v1/offers": {
            "product_id": str(world.product_ids[-1]), "supplier_sku": "MATRIX-1", "currency": "EUR", "tiers": [{"from_quantity": 1, "unit_price": "2.50"}],
            "site_id": supplier["site"], "origin_country": "DE",
        },
        "PATCH /api/v1/offers/{offer_id:uuid}": {"tiers": [{"from_quantity": offer.moq, "unit_price": "2.50"}]},
        "PUT /api/v1/offers/{offer_id:uuid}/stock": {"on_hand": 500},
        "POST /supplier/offers": {
            "product_id": str(world.product_ids[-1]), "supplier_sku": "MATRIX-2", "currency": "EUR", "site_id": supplier["site"], "origin_country": "DE",
            "tier_from": ["1", ""], "tier_price": ["2.50", ""],
        },
        "POST /supplier/offers/{offer_id:uuid}/price": {"version": "1", "tier_from": ["1"], "tier_price": ["2.50"]},
        "POST /supplier/offers/{offer_id:uuid}/stock": {"on_hand": "500", "version": "1"},
        "POST /supplier/offers/{offer_id:uuid}/state": {"state": "paused", "version": "1"},
        "POST /api/v1/operator/organisations/{organisation_id:uuid}/supplier": {"checks": [{"kind": "tax", "passed_on": "2026-11-02"}], "site": SITE},
        "POST /operator/organisations/{organisation_id:uuid}/supplier": {**SITE_FORM, "acceptance_hours": "24", "default_incoterm": "FCA"},
        "POST /api/v1/sites": SITE,
        "PUT /api/v1/sites/{site_id:uuid}": {**SITE, "version": 1},
        "POST /api/v1/sites/{site_id:uuid}/exceptions": {"on_date": "2027-01-15", "kind": "closed", "note": "Stocktaking", "version": 1},
        **_freight(world),
        "POST /supplier/sites": SITE_FORM,
        "POST /supplier/sites/{site_id:uuid}": {**SITE_FORM, "version": "1"},
        "POST /supplier/sites/{site_id:uuid}/exceptions": {"on_date": "2027-01-15", "kind": "closed", "version": "1"},
        "PUT /api/v1/company": {"version": 1, "po_number_required": False},
        "POST /company": {"version": "1"},
        "POST /api/v1/units": {"name": "Plant north"},
        "PUT /api/v1/units/{unit_id:uuid}": {"name": "Plant south", "version": 1},
        "POST /company/units": {"name": "Plant north"},
        "POST /company/units/{unit_id:uuid}": {"name": "Plant south", "version": "1"},
        "POST /api/v1/addresses": ADDRESS,
        "PUT /api/v1/addresses/{address_id:uuid}": {**ADDRESS, "version": 1},
        "POST /api/v1/addresses/{address_id:uuid}/archive": {"version": 1},
        "POST /addresses": ADDRESS_FORM,
        "POST /addresses/{address_id:uuid}": {**ADDRESS_FORM, "version": "1"},
        "POST /addresses/{address_id:uuid}/archive": {"version": "1"},
    }  # fmt: skip


def _own_offers(world: World, supplier: dict[str, str]) -> dict[str, dict[str, Any]]:
    offer = world.offers[0]
    return {
        "POST /api/v1/offers/{offer_id:uuid}/prices": {
            "tiers": [{"from_quantity": offer.moq, "unit_price": "2.25"}], "valid_from": "2027-02-01T08:00:00Z", "valid_to": "2027-02-08T08:00:00Z",
        },
        "POST /api/v1/prices/{price_id:uuid}/withdraw": {},
        "POST /supplier/offers/{offer_id:uuid}/prices": {"tier_from": "1", "tier_price": "2.25", "starts": "2027-02-01T08:00", "version": "1"},
        "POST /supplier/prices/{price_id:uuid}/withdraw": {},
        "PUT /api/v1/offers/{offer_id:uuid}/watch": {"kind": "days", "threshold": 14},
        "POST /supplier/offers/{offer_id:uuid}/watch": {"version": "1", "kind": "units", "threshold": "40"},
        "POST /supplier/offers/{offer_id:uuid}/terms": {
            "version": "1", "moq": str(offer.moq), "multiple": str(offer.multiple), "pack_size": "1", "lead_days": "4", "incoterm": "FCA", "origin_country": "DE", "condition": "new",
            "site_id": supplier["site"], "valid_from": "2026-11-01T08:00",
        },
        "PUT /api/v1/visibility": {"level": "prices_hidden", "version": 1},
        "POST /api/v1/visibility/grants": {"organisation_id": str(world.logins["buyer_b"].organisation_id)},
        "DELETE /api/v1/visibility/grants/{organisation_id:uuid}": {},
        "POST /supplier/visibility": {"level": "prices_hidden", "version": "1"},
        "POST /supplier/visibility/grants": {"organisation_id": str(world.logins["buyer_b"].organisation_id)},
        "POST /supplier/visibility/grants/withdraw": {"organisation_id": supplier["grant"]},
        "POST /api/v1/supplier/life": {"act": "pause", "reason": "Stocktaking.", "version": 1},
        "POST /supplier/state/change": {"act": "pause", "reason": "Stocktaking.", "version": "1"},
        "POST /api/v1/operator/suppliers/{supplier_id:uuid}/life": {"act": "suspend", "reason": "Papers are missing.", "version": 1},
        "POST /operator/suppliers/{supplier_id:uuid}/state/change": {"act": "suspend", "reason": "Papers are missing.", "version": "1"},
        "POST /api/v1/certificates": CERTIFICATE,
        "POST /supplier/certificates": CERTIFICATE,
        "POST /api/v1/certificates/{certificate_id:uuid}/withdraw": {"version": 1},
        "POST /supplier/certificates/{certificate_id:uuid}/withdraw": {"version": "1"},
        "POST /api/v1/operator/certificates/{certificate_id:uuid}/confirm": {"version": 1},
        "POST /operator/certificates/{certificate_id:uuid}/confirm": {"version": "1"},
        "POST /api/v1/trust/orders/{order_id:uuid}/contests": CONTEST,
        "POST /supplier/trust/orders/{order_id:uuid}/contest": CONTEST,
        "POST /api/v1/operator/trust/contests/{contest_id:uuid}/decision": {"outcome": "accepted", "answer": "The note says so."},
        "POST /operator/trust/contests/{contest_id:uuid}/decision": {"outcome": "accepted"},
        "PUT /api/v1/supplier/profile": {"version": 1, "about": "Bolts since 1921."},
        "POST /supplier/profile": {"version": "1", "about": "Bolts since 1921."},
        "PUT /api/v1/operator/suppliers/{supplier_id:uuid}/legal": {**LEGAL, "version": 1},
        "POST /operator/suppliers/{supplier_id:uuid}/legal": {**LEGAL, "legal_version": "1"},
        "PUT /api/v1/operator/suppliers/{supplier_id:uuid}/terms": {"acceptance_hours": 24, "terms_reason": "Agreed by letter.", "version": 1},
        "POST /operator/suppliers/{supplier_id:uuid}/terms": {"acceptance_hours": "24", "terms_reason": "Agreed by letter.", "version": "1"},
        "POST /api/v1/operator/suppliers/{supplier_id:uuid}/checks": {"kind": "tax", "passed_on": "2026-11-02"},
        "POST /operator/suppliers/{supplier_id:uuid}/checks": {"kind": "tax", "passed_on": "2026-11-02"},
    }  # fmt: skip


def _proposals(world: World) -> dict[str, dict[str, Any]]:
    edit = {"product_id": str(world.product_ids[3]), "values": {"description": "As our leaflet says."}}
    rule = {"field": "volume_cm3", "reason": "Measured by machines."}
    return {
        "POST /api/v1/proposals": edit,
        "POST /api/v1/proposals/many": {"rows": [edit]},
        "POST /api/v1/proposals/{proposal_id:uuid}/withdraw": {"version": 1},
        "POST /api/v1/operator/proposals/{proposal_id:uuid}/decision": {"act": "reject", "version": 1, "text": "The number is another one."},
        "POST /api/v1/operator/approval-rules": rule,
        "POST /api/v1/operator/approval-rules/{rule_id:uuid}/end": {},
        "POST /api/v1/proposals/file": {"text": f"product_id,description\n{edit['product_id']},As our leaflet says.\n", "decimal": "point"},
        "POST /supplier/proposals/file": {"text": f"product_id,description\n{edit['product_id']},As our leaflet says.\n", "decimal": "point"},
        "POST /supplier/proposals": {"product_id": edit["product_id"], "description": "As our leaflet says."},
        "POST /supplier/proposals/{proposal_id:uuid}/withdraw": {"version": "1"},
        "POST /operator/proposals/{proposal_id:uuid}/decision": {"act": "reject", "version": "1", "text": "The number is another one."},
        "POST /operator/approval-rules": rule,
        "POST /operator/approval-rules/{rule_id:uuid}/end": {},
    }


def _sorting(known: dict[str, str]) -> dict[str, dict[str, Any]]:
    category = known["sorted_category"]
    item = {"product_id": str(known["sorted_product"]), "category_id": None}
    answer = {**PROPOSED, "act": "accept", "category_id": category}
    return {
        "POST /api/v1/operator/sorting/corrections": {"items": [item]},
        "POST /api/v1/operator/sorting/corrections/undo": {},
        "POST /api/v1/operator/sorting/rules": {"kind": "brand", "phrase": "matrix", "category_id": category},
        "POST /api/v1/operator/sorting/rules/{rule_id:uuid}/change": {"version": 1, "is_active": False},
        "POST /api/v1/operator/sorting/proposals": answer,
        "POST /api/v1/operator/sorting/runs": {},
        "POST /operator/sorting/runs": {},
        "POST /operator/sorting/products": {"chosen": [known["sorted_product"] + ":" + category], "act": "release"},
        "POST /operator/sorting/undo": {},
        "POST /operator/sorting/rules": {"kind": "brand", "phrase": "matrix", "category_id": category, "priority": "100"},
        "POST /operator/sorting/rules/{rule_id:uuid}": {"version": "1", "act": "off"},
        "POST /operator/sorting/rules/proposed": answer,
    }


def _matches(known: dict[str, str]) -> dict[str, dict[str, Any]]:
    pair = {"low_id": known["twin_low"], "high_id": known["twin_high"]}
    return {
        "POST /api/v1/offers/{offer_id:uuid}/dispute": DISPUTE,
        "POST /supplier/offers/{offer_id:uuid}/dispute": DISPUTE,
        "POST /api/v1/disputes/{dispute_id:uuid}/withdraw": {},
        "POST /supplier/disputes/{dispute_id:uuid}/withdraw": {},
        "POST /api/v1/operator/disputes/{dispute_id:uuid}/decision": {"act": "refuse", "version": 1, "answer": "The data sheet says the same."},
        "POST /operator/disputes/{dispute_id:uuid}/decision": {"act": "refuse", "version": "1", "answer": "The data sheet says the same."},
        "POST /operator/matches/many": {"pattern": PATTERN, "act": "apart", "score": "50"},
        "POST /operator/matches/{match_id:uuid}/merge": {"keep": "low"},
        "POST /operator/matches/{match_id:uuid}/apart": {},
        "POST /operator/matches/{match_id:uuid}/reopen": {},
        "POST /api/v1/operator/matches/{match_id:uuid}/reopen": {},
        "POST /operator/merges/{merge_id:uuid}/undo": {},
        "POST /api/v1/operator/matches/apart": pair,
        "POST /api/v1/operator/matches/many": {"pattern": PATTERN, "act": "apart"},
        "POST /api/v1/operator/merges": {"kept_id": known["twin_low"], "gone_id": known["twin_high"]},
        "POST /api/v1/operator/merges/{merge_id:uuid}/undo": {},
    }


def _grid(supplier: dict[str, str]) -> dict[str, dict[str, Any]]:
    return {
        "POST /api/v1/supplier/grid": {"rows": [{"offer_id": supplier["offer"], "version": 1, "stock": [{"on_hand": 777}]}]},
        "POST /api/v1/supplier/grid/preview": {"rows": [{"offer_id": supplier["offer"], "version": 1, "stock": [{"on_hand": 777}]}]},
        "POST /api/v1/supplier/grid/undo": {},
        "POST /supplier/grid": {"r0": json.dumps([supplier["offer"], 1, "EUR", 0, [], [], [[supplier["site"], "0", "0"]]]), "h0.0": "777"},
        "POST /supplier/grid/undo": {},
    }


def _freight(world: World) -> dict[str, dict[str, Any]]:
    offer = world.offers[0]
    return {
        "POST /api/v1/operator/search/words": {"words": "matrix sieve", "means": ["matrix strainer"]},
        "PUT /api/v1/operator/search/words/{rule_id:uuid}": {"is_active": False, "version": 1},
        "POST /api/v1/operator/search/words/file": {"text": "words,means\nmatrix cable,matrix lead\n"},
        "POST /operator/search/words": {"kind": "synonym", "words": "matrix pump", "means": "matrix lifter", "is_both_ways": "on"},
        "POST /operator/search/words/{rule_id:uuid}": {"act": "off", "version": "1"},
        "POST /operator/search/words/file": {"text": "words,means\nmatrix hose,matrix tube\n"},
        "POST /api/v1/operator/duty/rates": {
            "destination": "CA",
            "percent": "2.5",
            "valid_from": "2027-01-01",
            "source": "Tariff",
            "hs_prefix": "9999",
        },
        "POST /api/v1/operator/duty/file": {"text": DUTY_FILE, "decimal": "point"},
        "POST /api/v1/operator/duty/rates/{rate_id:uuid}/end": {"last_day": "2030-01-31"},
        "PUT /api/v1/operator/duty/unions": {"code": "SACU", "country": "ZA", "source": "SACU Agreement 2002"},
        "POST /operator/duty": {"destination": "CA", "percent": "2.5", "valid_from": "2027-01-01", "source": "Tariff", "goods": "9999"},
        "POST /operator/duty/file": {"text": DUTY_FILE, "decimal": "point"},
        "POST /operator/duty/rates/{rate_id:uuid}/end": {"last_day": "2030-01-31"},
        "POST /operator/duty/unions": {"code": "SACU", "country": "ZA", "source": "SACU Agreement 2002"},
        "POST /api/v1/freight-tables": FREIGHT,
        "POST /api/v1/freight-tables/file": {"text": FREIGHT_FILE, "decimal": "point"},
        "POST /api/v1/freight-tables/{table_id:uuid}/versions": FREIGHT,
        "POST /api/v1/freight-tables/{table_id:uuid}/end": {"last_day": "2030-01-31"},
        "POST /api/v1/freight-quotes": {
            "supplier_id": str(world.logins[offer.supplier].organisation_id),
            "country": "DE",
            "lines": [{"product_id": str(offer.product_id), "offer_id": str(offer.offer_id), "quantity": offer.moq}],
        },
        "PUT /api/v1/freight-packings": {"product_id": str(world.product_ids[-1]), "per_pallet": 480},
        "POST /supplier/freight": FREIGHT_FORM,
        "POST /supplier/freight/{table_id:uuid}": FREIGHT_FORM,
        "POST /supplier/freight/{table_id:uuid}/end": {"last_day": "2030-01-31"},
        "POST /supplier/freight/file": {"text": FREIGHT_FILE, "decimal": "point"},
        "POST /supplier/freight/pallets": {"sku": "MATRIX-1", "per_pallet": "480"},
    }


def _feed() -> dict[str, dict[str, Any]]:
    return {
        "POST /api/v1/supplier/imports": {"name": "matrix.csv", "content": "sku,price\nMATRIX-9,1.50\n"},
        "PUT /api/v1/supplier/imports/{import_id:uuid}/mapping": {"columns": {"sku": "sku", "stock": "stock"}},
        "POST /api/v1/supplier/imports/{import_id:uuid}/apply": {},
        "POST /api/v1/supplier/imports/{import_id:uuid}/abandon": {},
        "POST /supplier/imports": {"mode": "delta", "text": "sku,price\nMATRIX-9,1.50\n"},
        "POST /supplier/imports/{import_id:uuid}/mapping": {"target": ["sku", "stock"]},
        "POST /supplier/imports/{import_id:uuid}/apply": {},
        "POST /supplier/imports/{import_id:uuid}/abandon": {},
        "POST /api/v1/operator/catalogue/imports": {"name": "matrix.csv", "content": "source_id,title\nMATRIX-9,Matrix bearing\n"},
        "PUT /api/v1/operator/catalogue/imports/{product_import_id:uuid}/mapping": {"columns": {"source_id": "source_id", "title": "title"}},
        "POST /api/v1/operator/catalogue/imports/{product_import_id:uuid}/apply": {},
        "POST /api/v1/operator/catalogue/imports/{product_import_id:uuid}/abandon": {},
        "POST /operator/catalogue/imports": {"text": "source_id,title\nMATRIX-9,Matrix bearing\n"},
        "POST /operator/catalogue/imports/{product_import_id:uuid}/mapping": {"target": ["source_id", "title"]},
        "POST /operator/catalogue/imports/{product_import_id:uuid}/apply": {},
        "POST /operator/catalogue/imports/{product_import_id:uuid}/abandon": {},
    }


def _trade(world: World, buyer: dict[str, str]) -> dict[str, dict[str, Any]]:
    offer = world.offers[0]
    return {
        "POST /api/v1/cart/lines": {"product_id": str(offer.product_id), "offer_id": str(offer.offer_id), "quantity": offer.moq},
        "PATCH /api/v1/cart/lines/{line_id:uuid}": {"quantity": 1000},
        "DELETE /api/v1/cart/lines/{line_id:uuid}": {},
        "PUT /api/v1/cart/address": {"address_id": buyer["address"]},
        "POST /cart/lines": {"product_id": str(offer.product_id), "offer_id": str(offer.offer_id), "quantity": str(offer.moq)},
        "POST /cart/lines/{line_id:uuid}": {"quantity": "1000"},
        "POST /cart/lines/{line_id:uuid}/remove": {},
        "POST /cart/address": {"address_id": buyer["address"]},
        "POST /api/v1/comparisons": {"product_id": str(offer.product_id), "name": "Matrix", "quantity": "12", "country": "DE"},
        "PUT /api/v1/comparisons/{comparison_id:uuid}": {"name": "Matrix again", "version": 1},
        "POST /api/v1/comparisons/{comparison_id:uuid}/snapshots": {},
        "POST /api/v1/saved-searches": {"name": "Matrix", "q": "valve"},
        "PUT /api/v1/saved-searches/{search_id:uuid}": {"step": "pause"},
        "POST /api/v1/wanted": {"text": "Cobot gripper, 85 mm", "quantity": "4"},
        "POST /wanted": {"text": "Cobot gripper, 85 mm", "quantity": "4", "unit_code": "H87"},
        "POST /wanted/read": {},
        "POST /api/v1/wanted/{wanted_id:uuid}/withdraw": {},
        "POST /wanted/{wanted_id:uuid}/withdraw": {},
        "POST /api/v1/operator/wanted/{wanted_id:uuid}/answer": {"kind": "looking", "version": 1},
        "POST /operator/wanted/{wanted_id:uuid}/answer": {"kind": "looking", "version": "1"},
        "POST /saved-searches": {"name": "Matrix", "q": "valve", "frequency": "daily"},
        "POST /saved-searches/{search_id:uuid}": {"step": "pause"},
        "POST /saved-searches/read": {},
        "POST /saved-searches/stop": {"token": world.own["buyer"]["stop_token"]},
        "POST /comparisons": {"product_id": str(offer.product_id), "name": "Matrix", "quantity": "12", "country": "DE"},
        "POST /comparisons/{comparison_id:uuid}": {"name": "Matrix again", "version": "1"},
        "POST /comparisons/{comparison_id:uuid}/snapshots": {},
        "POST /api/v1/checkout": {"cart_id": buyer["cart"], "address_id": buyer["address"], "po_number": "PO-9"},
        "POST /checkout": {"cart_id": buyer["cart"], "address_id": buyer["address"], "po_number": "PO-9"},
        "POST /api/v1/orders/{order_id:uuid}/accept": {"version": 1},
        "POST /api/v1/orders/{order_id:uuid}/refuse": {"reason": REASON, "version": 1},
        "POST /api/v1/orders/{order_id:uuid}/cancel": {"reason": REASON, "version": 1},
        "POST /api/v1/orders/{order_id:uuid}/shipments": {**PARCEL, "version": 1},
        "POST /api/v1/shipments/{shipment_id:uuid}/deliver": {"version": 1},
        "POST /orders/{order_id:uuid}/accept": {"version": "1"},
        "POST /orders/{order_id:uuid}/refuse": {"reason": REASON, "version": "1"},
        "POST /orders/{order_id:uuid}/cancel": {"reason": REASON, "version": "1"},
        "POST /orders/{order_id:uuid}/ship": {**PARCEL, "version": "1"},
        "POST /shipments/{shipment_id:uuid}/deliver": {"version": "1"},
        "PUT /api/v1/ranking/own": {"version": 2, "weights": WEIGHTS},
        "POST /ranking/own": {"version": "2", "act": "keep", **POINTS},
        "POST /api/v1/operator/ranking/versions": {"after": 1, "weights": WEIGHTS, "reason": "Dates count more."},
        "POST /operator/ranking": {"after": "1", "reason": "Dates count more.", **POINTS},
    }  # fmt: skip


QUERIES = {
    "GET /api/v1/supplier/life/effects": {"act": "pause"},
    "GET /supplier/state/change": {"act": "pause"},
    "GET /api/v1/operator/suppliers/{supplier_id:uuid}/life/effects": {"act": "suspend"},
    "GET /operator/suppliers/{supplier_id:uuid}/state/change": {"act": "suspend"},
    "GET /api/v1/operator/ranking/preview": POINTS,
    "GET /api/v1/products/{product_id:uuid}/comparison": {"quantity": "12", "country": "DE"},
    "GET /api/v1/products": {"q": "valve"},
    "GET /search": {"q": "valve"},
    "GET /api/v1/search": {"q": "valve"},
    "GET /api/v1/search/suggestions": {"q": "val"},
    "GET /search/suggest": {"q": "val"},
    "GET /api/v1/operator/duty/rule": {"ships_from": "DE", "destination": "US", "hs": "8482"},
    "GET /api/v1/freight-tables/{table_id:uuid}/quote": {"country": "DE", "grams": "900"},
    "GET /api/v1/operator/categories/{category_id:uuid}/faults": {"key": "pressure", "code": "missing"},
    "GET /operator/categories/{category_id:uuid}/faults": {"key": "pressure", "code": "missing"},
    "GET /api/v1/visibility/organisations": {"name": "Elbe Maschinen"},
}
