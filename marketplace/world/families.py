"""Owns what the demo market sells: product families of industrial supplies with their axes, weights and price levels, all invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

Axes = dict[str, tuple[Any, ...]]
Words = tuple[str, str, str]


class Attribute(msgspec.Struct, frozen=True):
    """A typed attribute of a family: key, kind (number, text, enum), unit or "", labels in English, Vietnamese and Arabic."""

    key: str
    kind: str
    unit: str
    labels: Words


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of product. `weight_grams` and `price_eur_cents` take the values of one variant; `code` makes its part number."""

    slug: str
    branch: str
    names: Words
    hs: str
    unit: str = "H87"
    attributes: tuple[Attribute, ...]
    axes: Axes
    code: str
    weight_grams: Callable[[dict[str, Any]], float]
    price_eur_cents: Callable[[dict[str, Any]], float]


BRANCHES: dict[str, Words] = {
    "power-transmission": ("Power transmission", "Truyền động", "نقل الحركة"),
    "fasteners": ("Fasteners", "Bu lông ốc vít", "أدوات التثبيت"),
    "fluid-handling": ("Fluid handling", "Thiết bị dẫn chất lỏng", "مناولة السوائل"),
    "electrical": ("Electrical", "Thiết bị điện", "الكهرباء"),
    "tools": ("Cutting tools and abrasives", "Dụng cụ cắt và vật liệu mài", "أدوات القطع والكشط"),
    "safety": ("Safety at work", "An toàn lao động", "السلامة في العمل"),
    "consumables": ("Consumables and packaging", "Vật tư tiêu hao và bao bì", "المستهلكات والتغليف"),
}

MM = "mm"
BORE = Attribute("bore", "number", MM, ("Bore", "Đường kính trong", "القطر الداخلي"))
OUTSIDE = Attribute("outside", "number", MM, ("Outside", "Đường kính ngoài", "القطر الخارجي"))
WIDTH = Attribute("width", "number", MM, ("Width", "Chiều rộng", "العرض"))
LENGTH = Attribute("length", "number", MM, ("Length", "Chiều dài", "الطول"))
ROLL = Attribute("roll", "number", "m", ("Roll length", "Chiều dài cuộn", "طول اللفة"))
DIAMETER = Attribute("diameter", "number", MM, ("Diameter", "Đường kính", "القطر"))
THREAD = Attribute("thread", "text", "", ("Thread", "Ren", "السن"))
MATERIAL = Attribute("material", "enum", "", ("Material", "Vật liệu", "المادة"))
GRADE = Attribute("grade", "enum", "", ("Grade", "Cấp bền", "الدرجة"))
SEAL = Attribute("seal", "enum", "", ("Seal", "Phớt", "مانع التسرب"))
PRESSURE = Attribute("pressure", "number", "bar", ("Pressure", "Áp suất", "الضغط"))
CURRENT = Attribute("current", "number", "A", ("Rated current", "Dòng định mức", "التيار المقنن"))
POLES = Attribute("poles", "number", "", ("Poles", "Số cực", "الأقطاب"))
VOLTAGE = Attribute("voltage", "number", "V", ("Voltage", "Điện áp", "الجهد"))
SIZE = Attribute("size", "enum", "", ("Size", "Cỡ", "المقاس"))
CONTENT = Attribute("content", "number", "l", ("Content", "Dung tích", "السعة"))
COLOUR = Attribute("colour", "enum", "", ("Colour", "Màu", "اللون"))
GRIT = Attribute("grit", "number", "", ("Grit", "Độ hạt", "درجة الحبيبات"))
POWER = Attribute("power", "number", "W", ("Power", "Công suất", "القدرة"))
STROKE = Attribute("stroke", "number", MM, ("Stroke", "Hành trình", "الشوط"))
SECTION = Attribute("section", "text", "", ("Section", "Tiết diện", "المقطع"))

BORES = (10, 12, 15, 17, 20, 25, 30, 35, 40, 45, 50, 55, 60)
METRIC = (4, 5, 6, 8, 10, 12, 16, 20)
PIPES = ("1/4", "3/8", "1/2", "3/4", "1", "1 1/4", "1 1/2", "2")
PIPE_MM = {"1/4": 8, "3/8": 10, "1/2": 15, "3/4": 20, "1": 25, "1 1/4": 32, "1 1/2": 40, "2": 50}

FAMILIES: tuple[Family, ...] = (
    Family(
        slug="deep-groove-ball-bearings",
        branch="power-transmission",
        hs="848210",
        names=("Deep groove ball bearing", "Vòng bi cầu rãnh sâu", "محمل كريات عميق المجرى"),
        attributes=(BORE, OUTSIDE, WIDTH, SEAL),
        axes={"bore": BORES, "series": (60, 62, 63), "seal": ("open", "2RS", "ZZ")},
        code="{series}{bore_code}-{seal}",
        weight_grams=lambda v: (v["outside"] ** 2 - v["bore"] ** 2) * v["width"] * 0.0036,
        price_eur_cents=lambda v: 140 + v["bore"] * 18 + v["outside"] * 4 + (60 if v["seal"] != "open" else 0),
    ),
    Family(
        slug="tapered-roller-bearings",
        branch="power-transmission",
        hs="848220",
        names=("Tapered roller bearing", "Vòng bi đũa côn", "محمل أسطوانات مخروطية"),
        attributes=(BORE, OUTSIDE, WIDTH),
        axes={"bore": BORES, "series": (302, 322, 323)},
        code="{series}{bore_code}",
        weight_grams=lambda v: (v["outside"] ** 2 - v["bore"] ** 2) * v["width"] * 0.0042,
        price_eur_cents=lambda v: 520 + v["bore"] * 34 + v["outside"] * 6,
    ),
    Family(
        slug="pillow-blocks",
        branch="power-transmission",
        hs="848320",
        names=("Pillow block unit", "Gối đỡ vòng bi", "وحدة محمل بقاعدة"),
        attributes=(BORE, MATERIAL),
        axes={"bore": BORES, "material": ("cast iron", "stainless steel")},
        code="UCP{bore}-{material_code}",
        weight_grams=lambda v: 350 + v["bore"] ** 1.7 * 3,
        price_eur_cents=lambda v: (700 + v["bore"] * 45) * (2.4 if v["material"] == "stainless steel" else 1),
    ),
    Family(
        slug="v-belts",
        branch="power-transmission",
        hs="401031",
        names=("V-belt", "Dây đai thang", "سير على شكل V"),
        attributes=(SECTION, LENGTH),
        axes={"section": ("SPZ", "SPA", "SPB", "SPC"), "length": tuple(range(800, 2900, 100))},
        code="{section}{length}",
        weight_grams=lambda v: v["length"] * {"SPZ": 0.08, "SPA": 0.13, "SPB": 0.21, "SPC": 0.37}[v["section"]],
        price_eur_cents=lambda v: v["length"] * {"SPZ": 0.5, "SPA": 0.62, "SPB": 0.95, "SPC": 1.6}[v["section"]],
    ),
    Family(
        slug="hexagon-bolts",
        branch="fasteners",
        hs="731815",
        names=("Hexagon bolt", "Bu lông lục giác", "برغي سداسي"),
        attributes=(THREAD, LENGTH, GRADE),
        axes={"d": METRIC, "length": (20, 30, 40, 50, 60, 80, 100), "grade": ("8.8", "10.9", "A2")},
        code="DIN931-M{d}X{length}-{grade}",
        weight_grams=lambda v: v["d"] ** 2 * (v["length"] + v["d"] * 2.2) * 0.0062,
        price_eur_cents=lambda v: 3 + v["d"] ** 2 * v["length"] * 0.0035 * {"8.8": 1, "10.9": 1.35, "A2": 2.1}[v["grade"]],
    ),
    Family(
        slug="hexagon-nuts",
        branch="fasteners",
        hs="731816",
        names=("Hexagon nut", "Đai ốc lục giác", "صامولة سداسية"),
        attributes=(THREAD, GRADE),
        axes={"d": METRIC, "grade": ("8", "10", "A2", "A4")},
        code="DIN934-M{d}-{grade}",
        weight_grams=lambda v: v["d"] ** 3 * 0.0095,
        price_eur_cents=lambda v: 2 + v["d"] ** 2 * 0.09 * {"8": 1, "10": 1.3, "A2": 2, "A4": 2.8}[v["grade"]],
    ),
    Family(
        slug="threaded-rods",
        branch="fasteners",
        hs="731815",
        names=("Threaded rod", "Thanh ren", "قضيب ملولب"),
        attributes=(THREAD, LENGTH, GRADE),
        axes={"d": METRIC, "length": (1000, 2000), "grade": ("4.8", "8.8", "A2")},
        code="DIN975-M{d}X{length}-{grade}",
        weight_grams=lambda v: v["d"] ** 2 * v["length"] * 0.0055,
        price_eur_cents=lambda v: 60 + v["d"] ** 2 * v["length"] * 0.0028 * {"4.8": 1, "8.8": 1.4, "A2": 2.6}[v["grade"]],
    ),
    Family(
        slug="ball-valves",
        branch="fluid-handling",
        hs="848180",
        names=("Ball valve", "Van bi", "صمام كروي"),
        attributes=(THREAD, MATERIAL, PRESSURE),
        axes={"pipe": PIPES, "material": ("brass", "stainless steel", "PVC"), "pressure": (16, 40)},
        code="BV{dn}-{material_code}-PN{pressure}",
        weight_grams=lambda v: 60 + v["dn"] ** 1.75 * {"brass": 1.7, "stainless steel": 1.9, "PVC": 0.5}[v["material"]],
        price_eur_cents=lambda v: (
            (260 + v["dn"] ** 1.5 * 12) * {"brass": 1, "stainless steel": 2.3, "PVC": 0.6}[v["material"]] * (1 + v["pressure"] / 200)
        ),
    ),
    Family(
        slug="pipe-elbows",
        branch="fluid-handling",
        hs="730792",
        names=("Pipe elbow 90°", "Co nối ống 90°", "كوع أنابيب 90°"),
        attributes=(THREAD, MATERIAL),
        axes={"pipe": PIPES, "material": ("galvanised iron", "stainless steel", "brass")},
        code="EL90-{dn}-{material_code}",
        weight_grams=lambda v: 30 + v["dn"] ** 1.8 * 1.1,
        price_eur_cents=lambda v: (90 + v["dn"] ** 1.4 * 4) * {"galvanised iron": 1, "stainless steel": 2.5, "brass": 1.8}[v["material"]],
    ),
    Family(
        slug="hydraulic-hoses",
        branch="fluid-handling",
        hs="400921",
        unit="MTR",
        names=("Hydraulic hose", "Ống thủy lực", "خرطوم هيدروليكي"),
        attributes=(BORE, PRESSURE),
        axes={"bore": (6, 8, 10, 13, 16, 19, 25, 32), "pressure": (180, 250, 330, 420)},
        code="HH{bore}-{pressure}",
        weight_grams=lambda v: 120 + v["bore"] * 38 + v["pressure"] * 0.6,
        price_eur_cents=lambda v: 220 + v["bore"] * 26 + v["pressure"] * 1.1,
    ),
    Family(
        slug="o-rings",
        branch="fluid-handling",
        hs="401693",
        names=("O-ring", "Gioăng chữ O", "حلقة مانعة للتسرب"),
        attributes=(BORE, SECTION, MATERIAL),
        axes={"bore": (8, 10, 12, 16, 20, 25, 32, 40, 50, 63), "section": ("2", "3", "4"), "material": ("NBR", "FKM", "EPDM")},
        code="OR{bore}X{section}-{material}",
        weight_grams=lambda v: v["bore"] * float(v["section"]) ** 2 * 0.004,
        price_eur_cents=lambda v: (4 + v["bore"] * float(v["section"]) * 0.12) * {"NBR": 1, "FKM": 4.2, "EPDM": 1.4}[v["material"]],
    ),
    Family(
        slug="pneumatic-cylinders",
        branch="fluid-handling",
        hs="841231",
        names=("Pneumatic cylinder", "Xi lanh khí nén", "أسطوانة هوائية"),
        attributes=(BORE, STROKE),
        axes={"bore": (16, 20, 25, 32, 40, 50, 63, 80), "stroke": (25, 50, 80, 100, 160, 200, 250)},
        code="PC{bore}-{stroke}",
        weight_grams=lambda v: 120 + v["bore"] ** 1.8 + v["stroke"] * v["bore"] * 0.07,
        price_eur_cents=lambda v: 1500 + v["bore"] * 62 + v["stroke"] * 9,
    ),
    Family(
        slug="circuit-breakers",
        branch="electrical",
        hs="853620",
        names=("Miniature circuit breaker", "Cầu dao tự động MCB", "قاطع دائرة مصغر"),
        attributes=(CURRENT, POLES, GRADE),
        axes={"current": (6, 10, 16, 20, 25, 32, 40, 50, 63), "poles": (1, 2, 3, 4), "grade": ("B", "C", "D")},
        code="MCB{poles}P-{grade}{current}",
        weight_grams=lambda v: 115.0 * v["poles"],
        price_eur_cents=lambda v: 210 + v["poles"] * 260 + v["current"] * 5 + (140 if v["grade"] == "D" else 0),
    ),
    Family(
        slug="contactors",
        branch="electrical",
        hs="853649",
        names=("Contactor", "Công tắc tơ", "كونتاكتور"),
        attributes=(CURRENT, VOLTAGE),
        axes={"current": (9, 12, 18, 25, 32, 40, 50, 65, 80, 95), "voltage": (24, 110, 230, 400)},
        code="LC{current}-{voltage}V",
        weight_grams=lambda v: 300 + v["current"] * 11,
        price_eur_cents=lambda v: 1100 + v["current"] * 68,
    ),
    Family(
        slug="cable-glands",
        branch="electrical",
        hs="854720",
        names=("Cable gland", "Ốc siết cáp", "غدة كابل"),
        attributes=(THREAD, MATERIAL),
        axes={"d": (12, 16, 20, 25, 32, 40, 50, 63), "material": ("polyamide", "brass", "stainless steel")},
        code="CG-M{d}-{material_code}",
        weight_grams=lambda v: v["d"] ** 1.8 * {"polyamide": 0.05, "brass": 0.24, "stainless steel": 0.25}[v["material"]] + 2,
        price_eur_cents=lambda v: (20 + v["d"] * 3) * {"polyamide": 1, "brass": 3, "stainless steel": 8}[v["material"]],
    ),
    Family(
        slug="led-high-bays",
        branch="electrical",
        hs="940511",
        names=("LED high bay light", "Đèn LED nhà xưởng", "كشاف LED صناعي"),
        attributes=(POWER, COLOUR),
        axes={"power": (60, 80, 100, 150, 200, 240), "colour": ("4000 K", "5000 K", "6500 K")},
        code="HB{power}-{colour_code}",
        weight_grams=lambda v: 1400 + v["power"] * 13.0,
        price_eur_cents=lambda v: 3900 + v["power"] * 41,
    ),
    Family(
        slug="twist-drills",
        branch="tools",
        hs="820750",
        names=("Twist drill", "Mũi khoan xoắn", "ريشة ثقب حلزونية"),
        attributes=(DIAMETER, MATERIAL),
        axes={"diameter": tuple(n / 2 for n in range(2, 27)), "material": ("HSS", "HSS-Co", "carbide")},
        code="DR{diameter}-{material}",
        weight_grams=lambda v: v["diameter"] ** 2 * 0.62 + 1,
        price_eur_cents=lambda v: (60 + v["diameter"] ** 1.5 * 14) * {"HSS": 1, "HSS-Co": 2.2, "carbide": 7}[v["material"]],
    ),
    Family(
        slug="cutting-discs",
        branch="tools",
        hs="680422",
        names=("Cutting disc", "Đá cắt", "قرص قطع"),
        attributes=(DIAMETER, WIDTH, MATERIAL),
        axes={"diameter": (115, 125, 150, 180, 230, 350), "width": (1.0, 1.6, 2.5, 3.0), "material": ("steel", "inox", "stone")},
        code="CD{diameter}X{width}-{material_code}",
        weight_grams=lambda v: v["diameter"] ** 2 * v["width"] * 0.0019,
        price_eur_cents=lambda v: 55 + v["diameter"] * 0.9 + v["width"] * 12,
    ),
    Family(
        slug="flap-discs",
        branch="tools",
        hs="680422",
        names=("Flap disc", "Đá nhám xếp", "قرص صنفرة مروحي"),
        attributes=(DIAMETER, GRIT),
        axes={"diameter": (115, 125, 150, 180), "grit": (40, 60, 80, 100, 120)},
        code="FD{diameter}-P{grit}",
        weight_grams=lambda v: v["diameter"] ** 2 * 0.0072,
        price_eur_cents=lambda v: 120 + v["diameter"] * 1.4,
    ),
    Family(
        slug="safety-gloves",
        branch="safety",
        hs="611610",
        names=("Safety gloves", "Găng tay bảo hộ", "قفازات سلامة"),
        attributes=(SIZE, MATERIAL),
        axes={"size": ("7", "8", "9", "10", "11"), "material": ("nitrile", "latex", "leather", "cut-resistant", "PU")},
        code="GL-{material_code}-{size}",
        weight_grams=lambda v: 45 + float(v["size"]) * 4,
        price_eur_cents=lambda v: {"nitrile": 145, "latex": 120, "leather": 480, "cut-resistant": 690, "PU": 110}[v["material"]],
    ),
    Family(
        slug="safety-helmets",
        branch="safety",
        hs="650610",
        names=("Safety helmet", "Mũ bảo hộ", "خوذة سلامة"),
        attributes=(COLOUR, MATERIAL),
        axes={"colour": ("white", "yellow", "blue", "red", "orange", "green"), "material": ("ABS", "HDPE", "polycarbonate")},
        code="HE-{colour_code}-{material_code}",
        weight_grams=lambda _: 390.0,
        price_eur_cents=lambda v: {"ABS": 890, "HDPE": 620, "polycarbonate": 1490}[v["material"]],
    ),
    Family(
        slug="safety-shoes",
        branch="safety",
        hs="640340",
        names=("Safety shoes", "Giày bảo hộ", "أحذية سلامة"),
        unit="PR",
        attributes=(SIZE, GRADE),
        axes={"size": tuple(str(n) for n in range(38, 48)), "grade": ("S1P", "S3", "S5")},
        code="SH-{grade}-{size}",
        weight_grams=lambda v: 900 + (int(v["size"]) - 38) * 35,
        price_eur_cents=lambda v: {"S1P": 3900, "S3": 5400, "S5": 4700}[v["grade"]],
    ),
    Family(
        slug="hydraulic-oils",
        branch="consumables",
        hs="271019",
        unit="LTR",
        names=("Hydraulic oil", "Dầu thủy lực", "زيت هيدروليكي"),
        attributes=(GRADE, CONTENT),
        axes={"grade": ("HLP 22", "HLP 32", "HLP 46", "HLP 68", "HVLP 32", "HVLP 46"), "content": (1, 5, 20, 60, 208)},
        code="HO-{grade_code}-{content}",
        weight_grams=lambda _: 880.0,
        price_eur_cents=lambda v: 520 - min(v["content"], 60) * 3 + (90 if "HV" in v["grade"] else 0),
    ),
    Family(
        slug="cable-ties",
        branch="consumables",
        hs="392690",
        unit="XPK",
        names=("Cable ties, 100 pieces", "Dây rút nhựa, 100 cái", "رباط كابلات، 100 قطعة"),
        attributes=(WIDTH, LENGTH, COLOUR),
        axes={"width": (2.5, 3.6, 4.8, 7.6), "length": (100, 150, 200, 300, 370), "colour": ("black", "natural")},
        code="CT{width}X{length}-{colour_code}",
        weight_grams=lambda v: v["width"] * v["length"] * 0.16,
        price_eur_cents=lambda v: 60 + v["width"] * v["length"] * 0.24,
    ),
    Family(
        slug="stretch-films",
        branch="consumables",
        hs="392010",
        names=("Stretch film", "Màng quấn pallet", "فيلم تغليف مطاطي"),
        attributes=(WIDTH, ROLL, COLOUR),
        axes={"width": (250, 450, 500), "roll": (150, 200, 300), "colour": ("clear", "black", "blue")},
        code="SF{width}-{roll}-{colour_code}",
        weight_grams=lambda v: v["width"] * v["roll"] * 0.0215,
        price_eur_cents=lambda v: 180 + v["width"] * v["roll"] * 0.0052,
    ),
)
