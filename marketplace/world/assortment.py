"""Owns the demo market's tree of IT and office goods and the published rules that sort products of such files into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.catalogue.sorting import service as sorting
from marketplace.catalogue.sorting.schemas import RuleIn
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.taxonomy.schemas import NewCategory
from marketplace.kernel.actor import WORKER
from marketplace.world import assortment_schemas

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.world.families import Words

LOCALES = ("en", "vi", "ar")
# Branch or leaf: slug, names; leaves follow their branch.
TREE: dict[str, tuple[Words, dict[str, Words]]] = {
    "cables-and-connectors": (
        ("Cables and connectors", "Cáp và đầu nối", "الكابلات والوصلات"),
        {
            "networking-cables": ("Networking cables", "Cáp mạng", "كابلات الشبكة"),
            "fibre-optic-cables": ("Fibre optic cables", "Cáp quang", "كابلات الألياف الضوئية"),
            "usb-cables": ("USB cables", "Cáp USB", "كابلات USB"),
            "video-cables": ("Video cables", "Cáp video", "كابلات الفيديو"),
            "audio-cables": ("Audio cables", "Cáp âm thanh", "كابلات الصوت"),
            "power-cables": ("Power cables", "Cáp nguồn", "كابلات الطاقة"),
            "other-cables": ("Other cables", "Cáp khác", "كابلات أخرى"),
            "adapters-and-connectors": ("Adapters and connectors", "Bộ chuyển đổi và đầu nối", "المحولات والموصلات"),
        },
    ),
    "printing": (
        ("Printing", "In ấn", "الطباعة"),
        {
            "printers": ("Printers and multifunctionals", "Máy in và máy in đa năng", "الطابعات والأجهزة متعددة الوظائف"),
            "label-printers": ("Label and receipt printers", "Máy in nhãn và hóa đơn", "طابعات الملصقات والإيصالات"),
            "toner-cartridges": ("Toner cartridges", "Hộp mực laser", "خراطيش الحبر الليزري"),
            "ink-cartridges": ("Ink cartridges", "Hộp mực phun", "خراطيش الحبر"),
            "printer-parts": ("Drums, heads and printer parts", "Trống, đầu in và phụ tùng máy in", "أسطوانات ورؤوس وقطع غيار الطابعات"),
            "paper-and-media": ("Paper and media", "Giấy và vật liệu in", "الورق ووسائط الطباعة"),
            "labels-and-tapes": ("Labels and label tapes", "Nhãn và băng nhãn", "الملصقات وأشرطة الملصقات"),
            "scanners": ("Scanners", "Máy quét", "الماسحات الضوئية"),
        },
    ),
    "computers": (
        ("Computers", "Máy tính", "الحواسيب"),
        {
            "notebooks": ("Notebooks", "Máy tính xách tay", "الحواسيب المحمولة"),
            "desktop-computers": ("Desktop computers and workstations", "Máy tính để bàn và máy trạm", "الحواسيب المكتبية ومحطات العمل"),
            "servers": ("Servers", "Máy chủ", "الخوادم"),
            "monitors": ("Monitors", "Màn hình", "الشاشات"),
            "tablets-and-handhelds": ("Tablets and handhelds", "Máy tính bảng và thiết bị cầm tay", "الأجهزة اللوحية والمحمولة باليد"),
            "input-devices": ("Keyboards, mice and pens", "Bàn phím, chuột và bút", "لوحات المفاتيح والفأرات والأقلام"),
            "bags-and-cases": ("Bags and cases", "Túi và hộp đựng", "الحقائب والحافظات"),
            "notebook-accessories": ("Docks, locks and notebook accessories", "Đế cắm, khóa và phụ kiện laptop", "القواعد والأقفال وملحقات المحمول"),
            "software-and-services": ("Software, warranties and services", "Phần mềm, bảo hành và dịch vụ", "البرمجيات والضمانات والخدمات"),
        },
    ),
    "components": (
        ("Components", "Linh kiện", "المكونات"),
        {
            "processors": ("Processors", "Bộ xử lý", "المعالجات"),
            "memory-modules": ("Memory modules", "Mô-đun bộ nhớ", "وحدات الذاكرة"),
            "motherboards": ("Motherboards", "Bo mạch chủ", "اللوحات الأم"),
            "graphics-cards": ("Graphics cards", "Card đồ họa", "بطاقات الرسوميات"),
            "computer-cases": ("Computer cases", "Vỏ máy tính", "صناديق الحواسيب"),
            "cooling": ("Cooling", "Tản nhiệt", "التبريد"),
            "power-supplies": ("Power supply units", "Bộ nguồn máy tính", "وحدات تزويد الطاقة"),
            "interface-cards": ("Interface cards and controllers", "Card giao tiếp và bộ điều khiển", "بطاقات التوصيل ووحدات التحكم"),
        },
    ),
    "storage": (
        ("Storage", "Lưu trữ", "التخزين"),
        {
            "hard-drives": ("Hard drives and SSDs", "Ổ cứng và SSD", "الأقراص الصلبة وSSD"),
            "flash-memory": ("USB sticks and memory cards", "USB và thẻ nhớ", "ذاكرات USB وبطاقات الذاكرة"),
            "optical-drives": ("Optical drives", "Ổ đĩa quang", "محركات الأقراص الضوئية"),
            "blank-media": ("Blank discs and tapes", "Đĩa và băng trắng", "الأقراص والأشرطة الفارغة"),
            "storage-systems": ("Storage systems and enclosures", "Hệ thống lưu trữ và hộp ổ", "أنظمة وصناديق التخزين"),
        },
    ),
    "networking": (
        ("Networking", "Thiết bị mạng", "الشبكات"),
        {
            "switches": ("Switches", "Bộ chuyển mạch", "المحولات الشبكية"),
            "routers-and-wireless": (
                "Routers, access points and antennas",
                "Bộ định tuyến, điểm truy cập và ăng-ten",
                "الموجهات ونقاط الوصول والهوائيات",
            ),
            "network-cards": ("Network cards", "Card mạng", "بطاقات الشبكة"),
            "media-converters": ("Media converters and transceivers", "Bộ chuyển đổi quang và thu phát", "محولات الوسائط وأجهزة الإرسال"),
            "kvm-switches": ("KVM switches and extenders", "Bộ chuyển KVM và bộ kéo dài", "مبدلات وموسعات KVM"),
            "racks": ("Racks and rack accessories", "Tủ rack và phụ kiện", "الخزائن وملحقاتها"),
            "network-security": ("Network security and management", "Bảo mật và quản lý mạng", "أمن الشبكة وإدارتها"),
        },
    ),
    "power": (
        ("Power", "Nguồn điện", "الطاقة"),
        {
            "ups": ("Uninterruptible power supplies", "Bộ lưu điện", "مزودات الطاقة غير المنقطعة"),
            "power-distribution": ("Power distribution and surge protection", "Phân phối điện và chống sét", "توزيع الطاقة والحماية من التيار"),
            "batteries": ("Batteries", "Pin", "البطاريات"),
            "power-adapters": ("Power adapters and chargers", "Bộ đổi nguồn và sạc", "محولات وشواحن الطاقة"),
        },
    ),
    "audio-and-video": (
        ("Audio and video", "Âm thanh và hình ảnh", "الصوت والصورة"),
        {
            "headphones": ("Headphones and headsets", "Tai nghe", "سماعات الرأس"),
            "televisions": ("Televisions and displays", "Tivi và màn hình hiển thị", "أجهزة التلفزيون والشاشات"),
            "projectors": ("Projectors and screens", "Máy chiếu và màn chiếu", "أجهزة العرض وشاشاتها"),
            "projector-lamps": ("Projector lamps", "Bóng đèn máy chiếu", "مصابيح أجهزة العرض"),
            "cameras": ("Cameras and lenses", "Máy ảnh và ống kính", "الكاميرات والعدسات"),
            "players-and-speakers": ("Players, radios and speakers", "Máy phát, radio và loa", "المشغلات والراديو ومكبرات الصوت"),
            "mounts": ("Mounts and stands", "Giá treo và chân đế", "الحوامل والقواعد"),
        },
    ),
    "office-and-home": (
        ("Office and home", "Văn phòng và gia đình", "المكتب والمنزل"),
        {
            "phones": ("Phones and accessories", "Điện thoại và phụ kiện", "الهواتف وملحقاتها"),
            "office-supplies": ("Office supplies", "Văn phòng phẩm", "لوازم المكتب"),
            "home-appliances": ("Home and personal care appliances", "Đồ gia dụng và chăm sóc cá nhân", "أجهزة المنزل والعناية الشخصية"),
            "toys": ("Toys and games", "Đồ chơi và trò chơi", "الألعاب"),
        },
    ),
}
# What the titles of such files call the things of a leaf, in singular words; a longer phrase goes before a shorter one.
TYPES: dict[str, str] = {
    "networking-cables": "networking cable|patch cable|network cable|network patch cable|patch cord|crossover cable|utp cable|stp cable|infiniband cable|ethernet cable|patch|crossover patch",
    "fibre-optic-cables": "fibre optic cable|fiber optic cable|fiber cable|fibre cable|fiber patch cable|fibre patch cable|fiber optic adapter|optical cable assembly",
    "usb-cables": "usb cable|usb extension cable|usb device cable|active usb cable|firewire cable|lightning cable",
    "video-cables": "vga cable|hdmi cable|dvi cable|displayport cable|coaxial cable|s video cable|composite video cable|video cable|monitor cable|svga cable|monitor extension cable|"
    "scart cable|component video cable|kvm cable|rgb cable|video extension cable|camera cable|antenna cable|av cable|a v cable|audio video cable|dvi d cable|dvi i cable|bnc cable|"
    "vga monitor cable|f type cable|video capture cable|monitor vga cable",
    "audio-cables": "audio cable|speaker cable|microphone cable|stereo cable|toslink cable|rca cable|optical audio cable|stereo audio cable|speaker wire|audio y cable|optical cable|interconnect cable|digital audio cable",
    "power-cables": "power cable|power cord|power extension|extension cord|power extension cable|power adapter cable|mains cable|power cord splitter|power splitter cable|y splitter cable|power splitter|jumper cord|"
    "power lead|power y cable",
    "other-cables": "cable|serial cable|parallel cable|sata cable|scsi cable|signal cable|cable kit|serial attached scsi|sas cable|ide cable|printer cable|cable assembly|modem cable|telephone cable|null modem cable|"
    "ribbon cable|cord|modular cable|cable splitter|floppy cable|adapter cable|extension cable|cable tie|cable organizer|cable protector|cable management|cable clamp|cable tray|wire",
    "adapters-and-connectors": "center plate insert|junction box|wire connector|cable interface gender adapter|cable interface gender|gender changer|cable adapter|keystone jack|coupler|modular adapter|coupler adapter|adapter converter|"
    "converter adapter|keystone|faceplate|face plate|wall plate|connector|video adapter|gender adapter|splitter|cable splitter or combiner|video converter|"
    "video splitter|video switch|kvm adapter|av extender|a v extender|audio video extender|video extender|extender|adapter|display adapter|usb graphic adapter|dvi adapter|vga adapter|hdmi adapter|plug|jack|audio adapter|"
    "stereo adapter|port adapter|inline coupler|wall plate insert|male adapter|female adapter|ac adapter plug|terminator|loopback|patch panel|network splitter|network analyzer|serial converter|media hub|signal converter|outlet box|mounting box",
    "printers": "printer|inkjet printer colour|large format printer|photo printer inkjet|laser printer|inkjet printer|photo printer|dot matrix printer|printer colour|all in one printer|multifunctional|"
    "multifunction printer|fax machine|copier|digital copier|all in one|thermal inkjet|business inkjet|laserjet printer|officejet|deskjet|mfp|fax|multifunction|laserjet|line printer|colour laser printer|color laserjet|po printer",
    "label-printers": "label printer|label printer direct|label printer direct thermal|label maker|label printer thermal|receipt printer|po printer thermal|pos printer|labelmanager|p touch|labelwriter|thermal printer|mobile printer|printer label maker",
    "toner-cartridges": "toner cartridge|toner|laser toner|toner kit|toner collector|toner cartridge black|print cartridge|return program print cartridge|laser cartridge|cartridge original|laserjet cartridge|laserjet toner cartridge|laser print cartridge|"
    "toner original|return programme toner cartridge|laser toner cartridge|toner refill|toner bottle|laserjet print cartridge",
    "ink-cartridges": "ink cartridge|ink stick|ink|ink tank|singlepack|multipack|inkjet cartridge|inkjet print cartridge|ink refill|inktcartridge|solid ink|inkjet ink|ultrachrome|ink bottle|ink bag|twin pack|printer ink refill|ink pack|value pack",
    "printer-parts": "duplex module|sheet drawer|drawer|printer hard disk|exchange roller|user maintenance kit|media spindle|correction ribbon|printer drum|printer kit|fuser|printer ribbon|ribbon|imaging unit|print head|print head inkjet|printer belt|drum cartridge|drum unit|printhead|maintenance kit|printer roller|duplex unit|output stacker|"
    "tray feeder|tray|printer cabinet stand|printer scanner spare|printer scanner spare part|transfer belt|fuser kit|printer memory|paper tray|drum|transfer kit|transfer roller|waste toner|designjet printhead|designjet printhead cleaner|"
    "fax supply|developer unit|developer|imaging drum|photoconductor|photoconductor unit|photoconductor kit|printer cleaning|staple cartridge|staple cartridge pack|stapler|staple|finisher|imaging kit|fuser unit|fusing unit|image drum|belt unit|sheet feeder|"
    "paper feeder|printer accessory|cassette|printer stand|transfer unit|printer housing|envelope feeder|print server internal|printhead cleaner|mailbox|stacker|printer upgrade|printer emulation upgrade|font upgrade|"
    "roll feed|automatic document feeder|auto document feeder|cartridge cleaner|caddy|digital sender",
    "paper-and-media": "photo paper|large format media|printing paper|transparency film|inkjet paper|paper|art paper|fine art paper|canvas|printing film|matte paper|plain paper|coated paper|bond paper|printable textile|glossy paper|laser paper|thermal paper|"
    "transparency|film|coated|envelope|photo card|vinyl|fax paper|creative paper|canvas satin|gloss film|paper roll|banner|iron on transfer|t shirt transfer|glossy photo paper|photo gloss paper|satin paper|matte litho|tracing paper|polypropylene|card stock|business card",
    "labels-and-tapes": "label making tape|label|self adhesive label|address label|shipping label|self adhesive|labelling tape|label tape|labeling tape|printer label|tape cassette|tape|sticker|colour dot|multi purpose label|adhesive label|label paper|non adhesive label|name badge label",
    "scanners": "scanner|bar code reader|barcode reader|document scanner|scanner transparency adapter|flatbed scanner|bar code scanner|sheet fed scanner|scanjet|scanner accessory|photo scanner|bar code|slide adapter",
    "notebooks": "notebook|laptop|mobile workstation|netbook|hybrid|ultrabook|chromebook|notebook pc|mobile thin client",
    "desktop-computers": "pc|pc workstation barebone|workstation|thin client|desktop|all in one pc|pc workstation|tower pc|mini pc|microtower pc|minitower pc|small form factor pc|desktop pc|barebone|thin client barebone|microtower|business pc|ultra slim desktop pc",
    "servers": "server|server barebone|rack server|server intel xeon|storage server|blade server|server chassis|proliant|tower server",
    "monitors": "computer monitor|monitor|lcd monitor|touch screen monitor|touch screen|flat panel monitor|lcd display|tft monitor|display privacy filter|privacy filter|privacy screen|screen protector|anti glare filter|"
    "computer filter|rack console|public display|lcd tft monitor|led display|monitor black|anti glare screen protector|screen filter",
    "tablets-and-handhelds": "tablet|handheld mobile computer|handheld|ipaq|personal digital assistant|e book reader|tablet pc|handheld device accessory|handheld mobile computer case|stylus pen|stylus|smartwatch|smart wearable|activity tracker|pda|e reader|tablet security enclosure",
    "input-devices": "universal remote|keyboard|mouse|keyboard usb qwerty|keyboard usb|keyboard usb qwertz|keyboard rf wireless|mouse usb type|mouse rf wireless|trackball|numeric keypad|wireless presenter|gaming controller|wrist rest|mouse pad|keypad|mouse pad|"
    "game controller|joystick|gamepad|usb keyboard|palm rest|mobile device keyboard|input device accessory|graphic tablet|presenter|remote control|smart card reader|gaming controller accessory|steering wheel|flight control system|flight sim",
    "bags-and-cases": "folio|slim folio|notebook case|backpack|backpack nylon|laptop bag|notebook bag|camera case|carrying case|sleeve|laptop sleeve|messenger|trolley case|equipment case|bag|case|laptop case|equipment bag|toploader|tote|luggage|laptop backpack|classic case|"
    "mp3 mp4 player case|player case|peripheral device case|storage drive case|tablet case|briefcase|trolley|messenger case|cover|skin|camera bag|gps case|carry case|top loader|roller case|projector case|optical disc case|disc case|cd case|underwater camera housing",
    "notebook-accessories": "notebook dock port replicator|notebook dock port|docking station|cable lock|notebook spare part|notebook stand|notebook cooling pad|dock|port replicator|lock|notebook accessory|security lock|laptop lock|notebook arm|cooling pad|"
    "laptop stand|notebook keyboard|notebook battery dock|notebook security|expresscard adapter|mini dock|advanced docking station|mini dock plus|combination lock|security cable|multimedia cart|portable device management cart|charging cart|cart|charging station|riser|keyed lock",
    "software-and-services": "warranty support extension|warranty|service|support|software|license|care pack|maintenance support fee|on site service|extended warranty|installation service|start up service|warranty extension|operating system|upgrade license|development software|"
    "security software|data recovery service|service pack|licence|system management software|maintenance visit|scheduling upgrade|subscription|standard edition|professional edition|exchange service|software license|annual on site service|assembly service|"
    "database software|antivirus security software|education it course|it course|hw svc|hw supp|preventive maintenance|preventative maintenance visit|virtualization software|server software|nbd exchange|office suite|monitoring software|extended service|backup recovery software|graphic software|education",
    "processors": "processor|xeon processor|processor upgrade|cpu|processor kit|opteron processor|processor option kit",
    "memory-modules": "memory module|memory|memory kit|ram|dimm|sodimm|ddr2|so dimm|memory upgrade|sdram",
    "motherboards": "motherboard|motherboard lga|motherboard socket|server workstation motherboard|mainboard|server motherboard|motherboard intel|lga|motherboard amd",
    "graphics-cards": "graphic card|graphic card amd|video card|graphic card nvidia|graphics card|geforce|radeon|quadro",
    "computer-cases": "computer case|midi tower|computer case part|mini tower|full tower|tower case|front bezel|bezel",
    "cooling": "computer cooling component|hardware cooling accessory|cooler|cooling fan|fan|heatsink|case fan|computer cooling|fan tray|processor cooler|thermal paste|cpu cooler|computer liquid cooling|liquid cooling|thermal grease|air conditioner|cooler fan|heat sink compound|cpu cooler fan|air duct|fan kit",
    "power-supplies": "power supply unit|power supply|redundant power supply|power supply module|power module|computer power supply",
    "interface-cards": "pc card|pcie card|lan 802 11b g pc card|host controller|expansion module|interface card adapter|raid controller|raid controller pci|card adapter|controller card|audio card|tv tuner card|sound card|host adapter|slot expander|usb card|interface card|interface hub|interface hub usb|usb hub|hub|serial card|"
    "hub usb|controller|adapter card|riser card|scsi controller|firewire card|pci card|parallel card|video capture card|computer tv tuner|storage controller|video capturing device|fax modem|modem|backplane|raid battery|storage device backup battery|interface module|card reader|video server encoder|capture device",
    "hard-drives": "server drive|hot swap server drive|internal hard drive|external hard drive|hard drive|internal solid state drive|internal solid state|solid state drive|hard disk drive|hard disk|external solid state drive|hd kit|ssd|hot plug hard drive|hot swap hard drive|sata hd|sas hd",
    "flash-memory": "sdxc card|micro sdxc card|micro sdhc card|sdhc card|micro sd card|usb flash drive|memory card|flash drive|flash memory|flash card|compact flash|microsd|sd card|memory stick|compactflash",
    "optical-drives": "optical disc drive|dvd blu ray player internal|disc drive|dvd drive|dvd writer|disc publisher|optical drive|floppy drive|blu ray writer|dvd rom drive|cd rom drive",
    "blank-media": "blank data tape|blank dvd|blank|cd r|cd rw|dvd r|dvd rw|data cartridge|blank video tape|cleaning media|blank cd|cleaning cartridge|blu ray disc|bd r|data tape|blank audio tape|dvd|magneto optical disk|diskette|optical disc|data cassette|cleaning tape|bar code label lto|minidv",
    "storage-systems": "storage drive enclosure|drive enclosure|disk array|nas|tape drive|tape library|drive bay|disk enclosure|tape auto loader|storage array|hdd docking station|storage drive docking station|hard drive enclosure|drive bay panel|"
    "hdd ssd enclosure|tape autoloader|storage networking|removable media|drive duplicator|storage enclosure|hard drive dock|mobile rack|storage drive|media duplicator|hdd ssd docking station|mounting bracket drive|hard drive duplicator|tape array|iscsi",
    "switches": "network switch|network switch managed|network switch unmanaged|managed|unmanaged|unmanaged fast ethernet|ethernet switch|network switch component|switch|gigabit switch|rackmount switch|network equipment chassis|gigabit ethernet switch|desktop switch|fast ethernet switch|network switch module|smart switch",
    "routers-and-wireless": "wireless router|wired router|router|access point|wlan access point|network antenna|antenna|powerline network adapter|wireless access point|range extender|network extender|bridge|repeater|ethernet wireless router|network repeater|wireless bridge|"
    "powerline adapter|network booster|wlan|poe adapter injector|poe adapter|poe injector|network modem|gateway|wireless lan access point|ip phone gateway|gateway controller|bridge repeater|voip gateway|voip phone|ip phone|surge arrester lightning|antenna accessory|power over ethernet",
    "network-cards": "network adapter card|ethernet network adapter card|networking card|networking card ethernet|network adapter|network card|ethernet adapter|wlan adapter|wireless adapter|usb adapter wireless|rf wireless adapter|bluetooth adapter|wireless usb adapter|network interface card|wireless network adapter|pci network adapter|network pci adapter",
    "media-converters": "network media converter|network transceiver module|media converter|transceiver|transceiver module|sfp module|fiber optic transceiver|mini gbic|gbic|serial server|device server|print server|console server|ethernet serial server|terminal server|serial device server|transceiver usb",
    "kvm-switches": "kvm switch|kvm|kvm extender|kvm console|console extender|kvm drawer|remote access unit|kvm console extender|kvm console extender kit",
    "racks": "rack accessory|rack cabinet|rack|freestanding|freestanding rack|rack mount|rack shelf|mounting bracket|rail kit|server rack|rack rail|rack console accessory|rack enclosure|rack mount kit|rack equipment bracket|equipment rack bracket|cabinet|"
    "blanking panel|mounting kit|wall mount rack|mounting rail|shelf|cable duct|equipment cleansing kit|server rack cabinet|enclosure|rack panel|rackmount kit|rack door|door|sliding shelf|side panel|rack cage|open frame rack|post rack|network cabinet|"
    "containment|brush strip|patch panel accessory|rack rail kit|mounting bracket kit|vertical cable manager|cable manager|cable routing|rack screw|cage nut|rack kit|baying kit|stabilizer|caster",
    "network-security": "hardware firewall|firewall|security access control system|network security|network management device|security device component|security device|icard|security appliance|temperature sensor|temperature humidity sensor|sensor|network surveillance server|content management|power management module|"
    "security camera|surveillance camera|ip camera|network camera|sensor pod|industrial environmental sensor|security camera ip|dome camera|security door|alarm|management card|network management card|video surveillance kit|environmental monitoring",
    "ups": "uninterruptible power supply|ups|ups system|smart ups|back ups|line interactive ups|ups accessory|smart ups vt|ups battery cabinet|double conversion ups|online ups|standby ups|bypass panel|maintenance bypass panel|ups cover|tower ups|symmetra|inverter charger",
    "power-distribution": "power distribution unit|surge protector|power strip|pdu|power outlet strip|voltage regulator|power conditioner|automatic voltage regulator|outlet strip|power distribution|line conditioner|isolation transformer|power breaker|"
    "ac outlet|automatic transfer switch unit|automatic transfer switch|personal surgearrest|surge suppressor|surgearrest|energy cost meter|surge arrest|circuit breaker|transformer|power distribution unit accessory|metered pdu|basic pdu|switched pdu|monitored pdu|outlet|socket outlet|power plug adapter|remote power controller|rack pdu",
    "batteries": "battery|single use battery|ups battery|ups battery sealed|household battery|rechargeable battery|notebook battery|rechargeable battery nickel|replacement battery|battery pack|alkaline battery|battery cabinet|battery module|battery cell|"
    "replacement battery cartridge|camera camcorder battery|external battery pack|battery holder|battery tray|power bank|notebook spare part battery|battery cartridge|lithium battery|spare battery|battery enclosure|minicell battery",
    "power-adapters": "power adapter inverter|ac adapter|power adapter|battery charger|mobile device charger|charger|car charger|adapter inverter|inverter|auto power adapter|car power adapter|power inverter|usb charger|wall charger|digital camera battery ac|universal power adapter|car inverter|notebook power adapter|wireless charger|"
    "wireless car charger|travel charger|car adaptor|solar panel|ac power adapter",
    "headphones": "headphone|headphone headset|headset|earphone|headphone accessory|earbud|ear pad|headphone pillow|in ear headphone|microphone|stereo headset|headphone amplifier|wireless headphone",
    "televisions": "tv|lcd tv|hotel tv|flat tv|led tv|smart tv|television|flat panel display|signage display|tv accessory|digital signage|plasma tv|video wall display|tv video cable|led lcd tv|digital photo frame|photo frame|tv set top box|digital signage flat panel|interactive display|flatscreen|widescreen flat tv|professional led lcd tv|tv receiver",
    "projectors": "data projector|projector|projection screen|digital projector|projector accessory|projection lens|home cinema projector|interactive whiteboard|lcd projector|dlp projector|overhead projector",
    "projector-lamps": "projector lamp|lamp|replacement lamp|halogen lamp",
    "cameras": "camera lens|digital camera|camera|camcorder|slr camera|webcam|camera lens filter|lens|camera flash|camera lens adapter|zoom lens|telephoto lens|macro lens|wide lens|bridge camera|compact camera|ultra wide lens|macro photo|camera mounting accessory|tripod|action sport camera accessory|lens cap|lens hood|camera body|"
    "camera kit|camcorder accessory|camera dock|web camera|camera filter|camcorder flash|eyepiece accessory|camera remote control|camera flash accessory|camera drone|binocular|camcorder remote control|focusing screen|standard zoom lens|camera accessory|fisheye lens|lens converter|viewfinder|flash|speedlite|digital slr",
    "players-and-speakers": "docking entertainment system|home audio set|mp3 video player|playstation|portable game console|radio|clock radio|speaker|portable speaker|speaker set|docking speaker|mp3 player|dvd player|home theatre system|cd player|mp3 mp4 player|av receiver|home cinema system|audio system|portable radio|hi fi system|radio personal digital|"
    "home audio system|soundbar speaker|subwoofer|dvd home theatre system|radio cd player|blu ray player|dvd recorder|micro hi fi system|mini hi fi system|cd radio|dvd blu ray|micro system|flash audio player|digital media player|loudspeaker|soundbar|audio player|digital audio player|jukebox|car media receiver|karaoke|dock speaker|cd soundmachine|"
    "portable dvd player|audio video player|voice recorder|dictaphone|digital voice recorder|mini system|turntable|portable stereo|audio amplifier|sound machine|radio cassette recorder|boombox|weather radio|alarm clock|speakerphone|conference speaker",
    "mounts": "flat panel mount|flat panel desk mount|flat panel wall mount|flat panel ceiling mount|wall mount|desk mount|ceiling mount|flat panel wall|flat screen wall mount|flat screen desk mount|projector mount|flat panel accessory|mount|monitor arm|monitor mount|monitor mount stand|projector ceiling mount|"
    "tv mount|signage display mount|multimedia cart stand|flat screen ceiling mount|adapter plate|vesa adapter plate|flat panel floor stand|monitor stand|stand|ceiling plate|projector wall mount|flat panel table|flat panel mount accessory|mounting plate|arm|swivel arm|bracket|speaker mount|holder|tv stand|av equipment stand|flatscreen desk mount|extension column|floor stand|projector mount accessory|wall bracket|extension arm|camera mount|monitor holder",
    "phones": "mobile phone case|smartphone|phone|telephone|dect telephone|answering machine|mobile phone|cordless phone|telephone handset|mobile phone accessory|corded phone|cordless telephone|mobile headset|phone case|mobile phone spare part|telephone accessory|two way radio|baby video monitor|baby monitor|mobile phone cable|teleconferencing equipment|"
    "video conferencing system|headset accessory|mobile phone holder|satellite navigation|navigator|gps|navigator accessory|gps navigator|walkie talkie",
    "office-supplies": "calculator|calculator desktop|calculator pocket|paper shredder|laminator|binder|calculator pocket scientific|pen|scissors|office punch|hole punch|file folder|ring binder|desk tray|whiteboard|document holder|laminator pouch|foot rest|calculator desktop display|stapler office|index tab|corporate file|folder|divider|tab index|"
    "graphing calculator|album|photo album|photo corner|chair|bookend|footrest|monitor riser|stamp|inkpad|adhesive|tool kit|cleaning kit|equipment cleansing|cleaning wipe|air duster|cleaner|equipment cleansing kit equipment|cable tester|network installer tool|tool|crimper|hand tool|screwdriver|shredder|copyholder|mailing envelope|card file box|"
    "presentation remote|document frame|magazine file|letter tray|pen holder|book cover|file box|sheet protector|filing pocket|plastic pocket|suspension file|bulldog clip|desk lamp|key cabinet|safe|cash drawer|pencil|marker|highlighter",
    "home-appliances": "trimmer|ladyshave|halogen bulb|steam ironing station|ice cream maker|chocolate fountain|contact grill|exhaust filter|sweet roll maker|hair clipper|shaver|coffee maker|vacuum cleaner|vacuum cleaner bag|electric toothbrush|hair dryer|iron|kettle|blender|toaster|epilator|food processor|men shaver|razor|hair|shaver accessory|shaving head|vacuum|electric shaver|steam iron|juicer|sonic electric toothbrush|"
    "sonic toothbrush head|electric toothbrush head|washing machine|refrigerator|dishwasher|oven|fryer|hair trimmer|beard trimmer|mixer|hand blender|cooker hood|coffee pod|kitchen|fridge freezer|fan heater|light|lamp bulb|bulb|lighting spot|halogen spot|fluorescent lamp|luminaire|table lamp|wall light|ceiling lighting|torch|flashlight|outdoor wall light|"
    "intense pulsed light hair remover|body groomer|hairdryer|grill pan|grill|microwave|ironing board|slow cooker|rice cooker|hob|freezer|tumble dryer|breast pump|baby bottle|garment steamer|steamer|humidifier|air purifier|scale|thermometer|frying pan|cookware|saucepan|weather station|sandwich maker|waffle iron|hair straightener|straightener|"
    "shaving foil|shaving foil head|cutting head|hair curler|styler|electric kettle|espresso machine|lunch box|water filter|home draft system|coffee machine part|coffee machine|drum washer|bathroom scale|personal scale|kitchen scale|hand mixer|deep fryer|multipurpose pot|toothbrush|barbecue|led lamp|led bulb|energy saving lamp|suspension light|"
    "bottle|drinking bottle|mug|thermos|knife|led candle|uplight|pendant lamp",
    "toys": "doll|jigsaw puzzle|toy|action figure|doll accessory|puzzle|board game|playset|play set|toy vehicle|stuffed toy|model building kit|doll playset|toy figure|children toy figure|game|toy playset|building kit|plush toy|doll clothe set|learning toy|car toy|construction toy|playhouse|swing|slide|nest swing|trampoline|"
    "board card game|toy musical instrument|telescope|piece|doll house|doll s house|children toy figure set|ride on|sandbox|scooter|balance bike|costume|active skill game|toy part|figure|buggy|remote controlled toy|radio controlled model|toy car|role play toy|rocking ride on toy|craft kit|learning hub|clay|slime|baby toy|bath toy|ball|furniture set|"
    "action toy|house playset|interactive toy|skill game|playground|play tent|water toy|rc model|monster truck|truck|sand toy|swing set|table top game|video game|bead|doll pram|pram",
}
# What only things of a leaf have or are, asked before (below 100) or after (above) what the title says: attribute, value ("" for any), leaf, priority.
VALUES: tuple[tuple[str, str, str, int], ...] = (
    ("colour_ink_volume", "", "ink-cartridges", 90),
    ("colour_ink_cartridges_quantity", "", "ink-cartridges", 91),
    ("print_speed_black_normal_quality_a4_us_letter", "", "printers", 92),
    ("character_density", "", "label-printers", 93),
    ("sim_card_capability", "", "phones", 94),
    ("smart_tv", "", "televisions", 95),
    ("type", "pos printer", "label-printers", 96),
    ("form_factor", "clamshell", "notebooks", 120),
    ("product_type", "pc", "desktop-computers", 120),
    ("product_type", "workstation", "desktop-computers", 120),
    ("product_type", "all-in-one pc", "desktop-computers", 120),
    ("product_type", "chromebook", "notebooks", 120),
    ("product_type", "stereo portable speaker", "players-and-speakers", 120),
    ("product_type", "headphones", "headphones", 120),
    ("type", "pc", "desktop-computers", 121),
    ("type", "server", "servers", 121),
    ("type", "on-site", "software-and-services", 121),
    ("type", "pick-up&return", "software-and-services", 121),
    ("type", "cd-r", "blank-media", 121),
    ("type", "dvd-rw", "blank-media", 121),
    ("type", "nas", "storage-systems", 121),
    ("type", "storage server", "storage-systems", 121),
    ("type", "home audio micro system", "players-and-speakers", 121),
    ("type", "freestanding rack", "racks", 121),
    ("type", "maze puzzle toy", "toys", 121),
    ("type", "av transmitter", "adapters-and-connectors", 121),
    ("recommended_age_min", "", "toys", 125),
    ("recommended_gender", "", "toys", 170),
    ("black_toner_page_yield", "", "toner-cartridges", 130),
    ("colour_toner_page_yield", "", "toner-cartridges", 130),
    ("print_margin_top_a4", "", "printers", 131),
    ("paper_tray_media_types", "", "printers", 132),
    ("maximum_duty_cycle", "", "printers", 133),
    ("total_input_capacity", "", "printers", 134),
    ("page_description_languages", "", "printers", 135),
    ("number_of_print_cartridges", "", "printers", 136),
    ("optical_scanning_resolution", "", "scanners", 140),
    ("scanner_type", "", "scanners", 141),
    ("labels_per_sheet", "", "labels-and-tapes", 142),
    ("label_width", "", "labels-and-tapes", 143),
    ("labels_per_pack", "", "labels-and-tapes", 144),
    ("ink_type", "", "ink-cartridges", 150),
    ("print_technology", "laser printing", "toner-cartridges", 151),
    ("print_technology", "inkjet printing", "ink-cartridges", 151),
    ("sim_card_type", "", "phones", 152),
    ("rear_camera_flash", "", "phones", 153),
    ("motherboard_chipset", "", "desktop-computers", 160),
    ("operating_system_installed", "", "desktop-computers", 161),
    ("ssd_form_factor", "", "hard-drives", 162),
    ("hdd_speed", "", "hard-drives", 163),
    ("display_brightness_typical", "", "monitors", 164),
    ("horizontal_scan_range", "", "monitors", 165),
    ("width_with_stand", "", "televisions", 166),
    ("number_of_shaver_heads_blades", "", "home-appliances", 167),
    ("shaver_system", "", "home-appliances", 168),
    ("effective_sensor_resolution", "", "cameras", 169),
    ("minimum_vesa_mount", "", "mounts", 171),
    ("number_of_years", "", "software-and-services", 172),
    ("radio_bands_supported", "", "players-and-speakers", 173),
    ("cable_length", "", "other-cables", 180),
    ("connector_1", "", "adapters-and-connectors", 181),
    ("switching_capacity", "", "switches", 182),
    ("screen_size_compatibility", "", "notebook-accessories", 190),
    ("media_sheets_per_package", "", "paper-and-media", 190),
    ("fan_diameter", "", "cooling", 190),
)
# A maker of one kind of thing, where nothing else says more.
BRANDS: dict[str, tuple[str, int]] = {
    "sylvanian families": ("toys", 200),
    "spin master": ("toys", 200),
    "jumbo": ("toys", 200),
    "axi": ("toys", 200),
    "baby annabell": ("toys", 200),
    "l.o.l. surprise!": ("toys", 200),
    "step2": ("toys", 200),
    "bakugan": ("toys", 200),
    "batman": ("toys", 200),
    "meccano": ("toys", 200),
    "monster jam": ("toys", 200),
    "cool maker": ("toys", 200),
    "backyard discovery": ("toys", 200),
    "goula": ("toys", 200),
    "falcon de luxe": ("toys", 200),
    "paw patrol": ("toys", 200),
    "herma": ("labels-and-tapes", 89),
    "leitz": ("office-supplies", 210),
    "dymo": ("labels-and-tapes", 210),
    "case logic": ("bags-and-cases", 210),
    "newstar": ("mounts", 210),
    "chief": ("mounts", 210),
    "varta": ("batteries", 210),
    "duracell": ("batteries", 210),
}


async def make_assortment(*, now: datetime, only: frozenset[str] = frozenset()) -> int:
    """Create the tree, or `only` some of its leaves, and publish their rules, as far as they are not there yet; gives how many rules are new.

    Sorting what is here already is left to the run that this begins.
    """
    known = {one.slug: one.id for one in await taxonomy.tree()}
    wanted = {branch: {slug: names for slug, names in leaves.items() if not only or slug in only} for branch, (_, leaves) in TREE.items()}
    branches = [slug for slug, leaves in wanted.items() if leaves and slug not in known]
    made = await taxonomy.create_categories(
        [
            NewCategory(slug=slug, names=_names(TREE[slug][0]), position=100 + place, attributes=assortment_schemas.of_branch())
            for place, slug in enumerate(branches)
        ]
    )
    known |= dict(zip(branches, made, strict=True))
    leaves = [(branch, slug, names) for branch, of_branch in wanted.items() for slug, names in of_branch.items() if slug not in known]
    made = await taxonomy.create_categories(
        [
            NewCategory(slug=slug, names=_names(names), parent_id=known[branch], position=place, attributes=assortment_schemas.of_leaf(slug))
            for place, (branch, slug, names) in enumerate(leaves)
        ]
    )
    known |= dict(zip((slug for _, slug, _ in leaves), made, strict=True))
    return await sorting.publish_many(default_rules(known), actor=WORKER, now=now)


def default_rules(ids: dict[str, UUID]) -> list[RuleIn]:
    """Give the rules of the leaves of which the ids are given, by slug."""
    phrases = {slug: dict.fromkeys(text.split("|")) for slug, text in TYPES.items() if slug in ids}
    rules = [RuleIn(kind="type", phrase=phrase, category_id=ids[slug]) for slug, of_leaf in phrases.items() for phrase in of_leaf]
    rules += [
        RuleIn(kind="attribute", key=key, phrase=value, category_id=ids[slug], priority=place) for key, value, slug, place in VALUES if slug in ids
    ]
    return rules + [
        RuleIn(kind="brand", phrase=brand, category_id=ids[slug], priority=place) for brand, (slug, place) in BRANDS.items() if slug in ids
    ]


def _names(words: Words) -> dict[str, str]:
    return dict(zip(LOCALES, words, strict=True))
