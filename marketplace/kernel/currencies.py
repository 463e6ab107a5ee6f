"""Owns what a currency is: its exponent (ISO 4217) and its settle step, the smallest amount that documents and payments may carry."""

from __future__ import annotations

from typing import Final


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


ZERO_DECIMALS: Final = _codes("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF")
THREE_DECIMALS: Final = _codes("BHD IQD JOD KWD LYD OMR TND")
FOUR_DECIMALS: Final = _codes("CLF UYW")
TWO_DECIMALS: Final = _codes(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE "
    "CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD "
    "KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR "
    "PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU "
    "UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
CURRENCIES: Final = ZERO_DECIMALS | TWO_DECIMALS | THREE_DECIMALS | FOUR_DECIMALS


_EXPONENTS: Final = {
    code: places for places, codes in ((0, ZERO_DECIMALS), (2, TWO_DECIMALS), (3, THREE_DECIMALS), (4, FOUR_DECIMALS)) for code in codes
}
_SETTLE_STEPS: Final = {code: {3: 10, 4: 100}.get(places, 1) for code, places in _EXPONENTS.items()}


def exponent(currency: str) -> int:
    """Give the number of decimals of the minor unit (0, 2, 3 or 4). Raises: KeyError for what is no active ISO 4217 code."""
    return _EXPONENTS[currency]


def settle_step(currency: str) -> int:
    """Give the smallest settled amount in minor units: 10 for three decimals (EN 16931 BR-DEC-*, Stripe), 100 for four, else 1. Raises: KeyError."""
    return _SETTLE_STEPS[currency]
