"""Owns the companies of the demo market: 24 suppliers in nine countries and 12 buyers, all invented, with how each of them behaves."""

from __future__ import annotations

import msgspec


class Country(msgspec.Struct, frozen=True):
    """What a company takes from its country: currency, time zone, language, working week (ISO days) and a rough price level of freight."""

    currency: str
    time_zone: str
    locale: str
    working_days: tuple[int, ...]
    region: str


COUNTRIES: dict[str, Country] = {
    "VN": Country("VND", "Asia/Ho_Chi_Minh", "vi", (1, 2, 3, 4, 5, 6), "asia"),
    "AE": Country("AED", "Asia/Dubai", "ar", (1, 2, 3, 4, 5), "gulf"),
    "KW": Country("KWD", "Asia/Kuwait", "ar", (7, 1, 2, 3, 4), "gulf"),
    "DE": Country("EUR", "Europe/Berlin", "en", (1, 2, 3, 4, 5), "europe"),
    "FR": Country("EUR", "Europe/Paris", "en", (1, 2, 3, 4, 5), "europe"),
    "PL": Country("PLN", "Europe/Warsaw", "en", (1, 2, 3, 4, 5), "europe"),
    "TR": Country("TRY", "Europe/Istanbul", "en", (1, 2, 3, 4, 5), "near"),
    "US": Country("USD", "America/Chicago", "en", (1, 2, 3, 4, 5), "america"),
    "JP": Country("JPY", "Asia/Tokyo", "en", (1, 2, 3, 4, 5), "asia"),
}
FX_PER_EUR: dict[str, str] = {
    "EUR": "1", "VND": "28650", "AED": "4.02", "KWD": "0.3365", "PLN": "4.27", "TRY": "48.90", "USD": "1.0945", "JPY": "168.40",
}  # fmt: skip


class SupplierProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One supplier and its ways. Shares are of 1: how often it ships late, refuses, accepts in part; `price_level` scales its prices."""

    key: str
    legal_name: str
    name: str
    country: str
    postal_code: str
    city: str
    price_level: float
    lead_days: int
    late_share: float
    refuse_share: float
    partial_share: float
    checks: int
    branches: tuple[str, ...]
    incoterm: str = "EXW"
    states_weight: bool = True


class BuyerProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One buying company, how many orders it places in the year and what it buys."""

    key: str
    legal_name: str
    name: str
    country: str
    postal_code: str
    city: str
    street: str
    groups: int
    branches: tuple[str, ...]


ALL = ("power-transmission", "fasteners", "fluid-handling", "electrical", "tools", "safety", "consumables")


def _supplier(
    key: str, names: tuple[str, str], place: tuple[str, str, str], prices: tuple[float, int], ways: tuple[float, float, float],
    standing: tuple[int, tuple[str, ...]] | tuple[int, tuple[str, ...], str],
) -> SupplierProfile:  # fmt: skip
    checks, branches, *incoterm = standing
    return SupplierProfile(
        key=key, legal_name=names[0], name=names[1], country=place[0], postal_code=place[1], city=place[2], price_level=prices[0], lead_days=prices[1],
        late_share=ways[0], refuse_share=ways[1], partial_share=ways[2], checks=checks, branches=branches, incoterm=str(incoterm[0]) if incoterm else "EXW",
    )  # fmt: skip


SUPPLIERS: tuple[SupplierProfile, ...] = (
    _supplier("nordwind", ("Nordwind Antriebstechnik GmbH", "Nordwind Antriebstechnik"), ("DE", "20457", "Hamburg"), (1.02, 2), (0.04, 0.01, 0.02), (5, ALL[:4])),
    _supplier("hansalager", ("Hansa Lager und Handel GmbH", "Hansa Lager"), ("DE", "28195", "Bremen"), (1.14, 1), (0.02, 0.01, 0.01), (5, ALL)),
    _supplier("rheinschraube", ("Rheinschraube Vertriebs GmbH", "Rheinschraube"), ("DE", "50667", "Köln"), (0.97, 2), (0.06, 0.02, 0.04), (5, ALL[1:5])),
    _supplier("isarwerk", ("Isarwerk Industriebedarf GmbH", "Isarwerk"), ("DE", "80331", "München"), (1.08, 3), (0.05, 0.01, 0.03), (4, ALL, "DAP")),
    _supplier("atelierdulac", ("Fournitures du Lac SAS", "Fournitures du Lac"), ("FR", "69002", "Lyon"), (1.05, 3), (0.09, 0.02, 0.03), (5, ALL[:3])),
    _supplier("roulelys", ("Roulements Lys SARL", "Roulements Lys"), ("FR", "59000", "Lille"), (0.99, 2), (0.07, 0.03, 0.05), (4, ALL[:2])),
    _supplier("azurelec", ("Azur Électricité Industrielle SAS", "Azur Électricité"), ("FR", "13001", "Marseille"), (1.03, 4), (0.12, 0.02, 0.06), (4, ALL[3:6])),
    _supplier("wislatech", ("Wisła Technika Sp. z o.o.", "Wisła Technika"), ("PL", "00-001", "Warszawa"), (0.91, 3), (0.08, 0.02, 0.05), (5, ALL)),
    _supplier("lodzsruba", ("Łódzkie Śruby Sp. z o.o.", "Łódzkie Śruby"), ("PL", "90-001", "Łódź"), (0.86, 4), (0.13, 0.03, 0.07), (4, ALL[1:3])),
    _supplier("tatranarz", ("Tatry Narzędzia S.A.", "Tatry Narzędzia"), ("PL", "30-001", "Kraków"), (0.93, 3), (0.06, 0.01, 0.03), (5, ALL[4:])),
    _supplier("anadolu", ("Anadolu Rulman Sanayi A.Ş.", "Anadolu Rulman"), ("TR", "34000", "İstanbul"), (0.82, 4), (0.07, 0.02, 0.04), (5, ALL[:3])),
    _supplier("egevana", ("Ege Vana ve Bağlantı A.Ş.", "Ege Vana"), ("TR", "35000", "İzmir"), (0.79, 5), (0.14, 0.04, 0.08), (4, ALL[2:4])),
    _supplier("bursamakas", ("Bursa Kesici Takım Ltd. Şti.", "Bursa Kesici Takım"), ("TR", "16000", "Bursa"), (0.84, 4), (0.10, 0.03, 0.05), (3, ALL[4:7])),
    _supplier("saigonparts", ("Công ty TNHH Phụ tùng Sài Gòn", "Phụ tùng Sài Gòn"), ("VN", "700000", "Hồ Chí Minh"), (0.68, 4), (0.12, 0.03, 0.06), (4, ALL)),
    _supplier("hanoitool", ("Công ty CP Dụng cụ Hà Nội", "Dụng cụ Hà Nội"), ("VN", "100000", "Hà Nội"), (0.71, 5), (0.10, 0.02, 0.05), (5, ALL[3:])),
    _supplier("danangsafe", ("Công ty TNHH Bảo hộ Đà Nẵng", "Bảo hộ Đà Nẵng"), ("VN", "550000", "Đà Nẵng"), (0.66, 6), (0.16, 0.05, 0.08), (3, ALL[5:])),
    _supplier("gulfind", ("Gulf Crescent Industrial Supplies LLC", "Gulf Crescent"), ("AE", "", "Dubai"), (1.06, 2), (0.05, 0.01, 0.03), (5, ALL)),
    _supplier("sharjahflow", ("Sharjah Flow Trading FZE", "Sharjah Flow"), ("AE", "", "Sharjah"), (0.98, 3), (0.09, 0.03, 0.05), (4, ALL[2:4])),
    _supplier("kuwaitbolt", ("Dasman Fasteners and Tools WLL", "Dasman Fasteners"), ("KW", "13001", "Kuwait City"), (1.10, 2), (0.06, 0.02, 0.03), (4, ALL[1:5])),
    _supplier("salmiya", ("Salmiya Technical Trading WLL", "Salmiya Technical"), ("KW", "20001", "Salmiya"), (1.04, 3), (0.11, 0.03, 0.06), (3, ALL[3:])),
    _supplier("prairie", ("Prairie Bearing and Drive Inc.", "Prairie Bearing"), ("US", "60601", "Chicago"), (1.09, 2), (0.05, 0.01, 0.02), (5, ALL[:2])),
    _supplier("lonestar", ("Lone Mesa Supply LLC", "Lone Mesa Supply"), ("US", "77001", "Houston"), (1.01, 3), (0.10, 0.02, 0.05), (4, ALL)),
    _supplier("kitakami", ("Kitakami Seiko K.K.", "Kitakami Seiko"), ("JP", "100-0001", "Tokyo"), (1.12, 3), (0.02, 0.01, 0.01), (5, ALL[:1] + ALL[4:5])),
    _supplier("osakatools", ("Osaka Tool Trading K.K.", "Osaka Tool Trading"), ("JP", "530-0001", "Osaka"), (1.07, 4), (0.03, 0.01, 0.02), (5, ALL[3:6])),
)  # fmt: skip


def _buyer(key: str, names: tuple[str, str], place: tuple[str, str, str, str], groups: int, branches: tuple[str, ...]) -> BuyerProfile:
    return BuyerProfile(
        key=key, legal_name=names[0], name=names[1], country=place[0], postal_code=place[1], city=place[2], street=place[3], groups=groups, branches=branches
    )  # fmt: skip


BUYERS: tuple[BuyerProfile, ...] = (
    _buyer("elbemaschinen", ("Elbe Maschinenbau GmbH", "Elbe Maschinenbau"), ("DE", "01067", "Dresden", "Hafenstraße 12"), 170, ALL[:5]),
    _buyer("mekongfood", ("Công ty CP Thực phẩm Mekong", "Thực phẩm Mekong"), ("VN", "900000", "Cần Thơ", "12 Đường Trần Phú"), 150, ALL),
    _buyer("emiratescool", ("Emirates Cooling Works LLC", "Emirates Cooling Works"), ("AE", "", "Abu Dhabi", "Musaffah M-14"), 140, ALL[2:]),
    _buyer("kuwaitwater", ("Kuwait Water Technics WLL", "Kuwait Water Technics"), ("KW", "13001", "Kuwait City", "Shuwaikh Block 3"), 100, ALL[1:4]),
    _buyer("loiremetal", ("Loire Métal SAS", "Loire Métal"), ("FR", "44000", "Nantes", "8 quai des Antilles"), 120, ALL[:5]),
    _buyer("silesiasteel", ("Śląska Stal S.A.", "Śląska Stal"), ("PL", "40-001", "Katowice", "ul. Chorzowska 50"), 130, ALL[1:6]),
    _buyer("marmaratekstil", ("Marmara Tekstil Sanayi A.Ş.", "Marmara Tekstil"), ("TR", "41000", "Kocaeli", "Gebze OSB 4. Cad."), 110, ALL[:4]),
    _buyer("lakepaper", ("Great Pine Paper Inc.", "Great Pine Paper"), ("US", "53202", "Milwaukee", "410 Canal Street"), 120, ALL[:3]),
    _buyer("kyotoprec", ("Kyoto Precision K.K.", "Kyoto Precision"), ("JP", "600-8001", "Kyoto", "Shimogyo-ku 5"), 90, ALL[:5]),
    _buyer("rotterdamship", ("Bavaria Anlagenservice GmbH", "Bavaria Anlagenservice"), ("DE", "90402", "Nürnberg", "Frauentorgraben 3"), 140, ALL),
    _buyer("saigonpack", ("Công ty TNHH Bao bì Nam Sài Gòn", "Bao bì Nam Sài Gòn"), ("VN", "700000", "Hồ Chí Minh", "45 Nguyễn Văn Linh"), 120, ALL[4:]),
    _buyer("gulfbuild", ("Gulf Building Systems LLC", "Gulf Building Systems"), ("AE", "", "Dubai", "Jebel Ali South 7"), 110, ALL[1:6]),
)  # fmt: skip
