"""Owns what the demo's suppliers say and show of themselves: texts, contacts, certificates, hours, a closure to come and a notice."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING

from vendors.certificates import service as certificates
from vendors.certificates.schemas import CertificateIn
from vendors.life import service as life
from vendors.life.schemas import LifeChange
from vendors.profile import service as profiles
from vendors.profile.schemas import ProfileIn
from vendors.sites import service as sites
from vendors.sites.schemas import DayHours, ExceptionIn, SiteIn

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.world.market import Market, MarketSupplier

TEXTS = {
    "nordwind": (
        "Drive technology from stock since 1987. We cut, bore and balance in our own hall, and ship what is ordered before the cut-off on the same day.",
        "Công nghệ truyền động có sẵn trong kho từ năm 1987. Chúng tôi cắt, doa và cân bằng tại xưởng của mình.",
        "تقنيات نقل الحركة من المخزون منذ عام 1987. نقصّ ونثقب ونوازن في ورشتنا.",
    ),
    "saigonparts": (
        "Spare parts for machines that have to run tomorrow: bearings, belts and seals for mills, packing lines and pumps.",
        "Phụ tùng cho những máy phải chạy vào ngày mai: vòng bi, dây đai và phớt cho máy xay, dây chuyền đóng gói và máy bơm.",
        "قطع غيار للآلات التي يجب أن تعمل غدًا: محامل وسيور وموانع تسرب.",
    ),
    "gulfind": (
        "Industrial supplies for the Gulf, with stock in Jebel Ali and papers for every port.",
        "Vật tư công nghiệp cho vùng Vịnh, có kho tại Jebel Ali.",
        "مستلزمات صناعية لمنطقة الخليج، بمخزون في جبل علي وأوراق لكل ميناء.",
    ),
}
PHONES = {"nordwind": "+49 40 5550 0100", "saigonparts": "+84 28 5550 0100", "gulfind": "+971 4 555 0100"}
# Who states what: kind, issuer, and how many days ago it was issued and from now it ends.
PAPERS = {
    "nordwind": (("ISO 9001", "Norddeutsche Prüfstelle", 1075, 20), ("ISO 14001", "Norddeutsche Prüfstelle", 1200, -15), ("EN 10204 3.1", "Hanse Material Lab", 200, None)),
    "saigonparts": (("ISO 9001", "Mekong Quality Register", 300, 795),),
    "gulfind": (("ISO 9001", "Gulf Assurance Office", 500, 595), ("Halal", "Gulf Assurance Office", 90, 275)),
}  # fmt: skip
SEEN = frozenset({"ISO 9001", "ISO 14001", "Halal"})


async def make_papers(market: Market, *, now: datetime) -> None:
    """Let the suppliers that visitors sign in for write their profiles, and let some close, pause or be given notice."""
    by_key = {one.profile.key: one for one in market.suppliers}
    for key in TEXTS:
        if key in by_key:
            await _profile(by_key[key], now=now - timedelta(days=60))
            await _certificates(market, by_key[key], now=now)
    if "nordwind" in by_key:
        await _hours(by_key["nordwind"], now=now)
    ends = [one for one in market.suppliers if one.profile.key not in TEXTS]
    if "saigonparts" in by_key:
        tet = now.date() + timedelta(days=75)
        await _act(
            by_key["saigonparts"],
            "close",
            "Tết: warehouse and office are closed.",
            now=now - timedelta(days=3),
            closure=(tet, tet + timedelta(days=8)),
        )
    if len(ends) > 1:
        await _act(ends[0], "pause", "Moving into the new hall.", now=now - timedelta(days=120))
        await _act(ends[0], "reopen", "The new hall works.", now=now - timedelta(days=118))
        reasons = "Eleven orders of the last quarter were accepted and never shipped.\nThree letters were left without an answer."
        await _act(ends[-1], "give_notice", reasons, now=now - timedelta(days=9), operator=market)


async def _profile(supplier: MarketSupplier, *, now: datetime) -> None:
    key, actor = supplier.profile.key, supplier.login.actor
    kept = await profiles.profile(supplier.login.organisation_id, actor=actor, now=now)
    about, about_vi, about_ar = TEXTS[key]
    sent = ProfileIn(
        version=kept.version, about=about, about_vi=about_vi, about_ar=about_ar, website=f"https://{key}.example", contact_name=actor.name,
        contact_email=f"sales@{key}.example", contact_phone=PHONES[key], default_incoterm=supplier.profile.incoterm,  # type: ignore[arg-type]
        acceptance_hours=kept.acceptance_hours,
    )  # fmt: skip
    await profiles.save_profile(sent, actor=actor, now=now)


async def _certificates(market: Market, supplier: MarketSupplier, *, now: datetime) -> None:
    for number, (kind, issuer, issued, ends) in enumerate(PAPERS[supplier.profile.key]):
        at = now - timedelta(days=min(issued - 1, 80))
        sent = CertificateIn(
            kind=kind,
            number=f"DEMO-{supplier.profile.key[:3].upper()}-{number + 1:03d}",
            issuer=issuer,
            issued_on=(now - timedelta(days=issued)).date(),
            expires_on=None if ends is None else (now + timedelta(days=ends)).date(),
        )
        made = await certificates.state_certificate(sent, actor=supplier.login.actor, now=at)
        if kind in SEEN:
            await certificates.confirm_certificate(made.id, version=made.version, actor=market.operator.actor, now=at + timedelta(days=1))


async def _hours(supplier: MarketSupplier, *, now: datetime) -> None:
    actor = supplier.login.actor
    found = await sites.my_site(supplier.site_id, actor=actor, now=now)
    week = [DayHours(day, time(7), time(16, 30) if day < 5 else time(15)) for day in found.working_days]  # noqa: PLR2004 - Friday ends early
    sent = SiteIn(
        name=found.name, country=found.country, city=found.city, postal_code=found.postal_code, region="HH", time_zone=found.time_zone,
        cut_off=found.cut_off, working_days=found.working_days, hours=week,
    )  # fmt: skip
    changed = await sites.change_site(supplier.site_id, sent, version=found.version, actor=actor, now=now - timedelta(days=30))
    days = ((now.date() + timedelta(days=36), "closed", "Stocktaking"), (_saturday(now.date() + timedelta(days=12)), "open", "Extra shift"))
    for day, kind, note in days:
        sent_day = ExceptionIn(version=changed.version, on_date=day, kind=kind, note=note)  # type: ignore[arg-type]
        changed = await sites.set_exception(supplier.site_id, sent_day, actor=actor, now=now - timedelta(days=29))


def _saturday(day: date) -> date:
    return day + timedelta(days=(6 - day.isoweekday()) % 7)


async def _act(
    supplier: MarketSupplier, act: str, reason: str, *, now: datetime, closure: tuple[date, date] | tuple[None, None] = (None, None), operator: Market | None = None
) -> None:  # fmt: skip
    actor = supplier.login.actor if operator is None else operator.operator.actor
    supplier_id = supplier.login.organisation_id
    found = await life.life(supplier_id, actor=actor, now=now)
    change = LifeChange(act=act, reason=reason, version=found.version, closed_from=closure[0], closed_to=closure[1])  # type: ignore[arg-type]
    await life.change_life(supplier_id, change, actor=actor, now=now)
