"""Names of the invented company: first names of many places, surnames that nobody bears."""

from typing import Final

FIRST_NAMES: Final = (
    "Ada", "Adebayo", "Aiko", "Amara", "Anouk", "Arjun", "Asha", "Bao", "Benedikt", "Bilal", "Camila", "Chidi",
    "Chen", "Dalia", "Daria", "Diego", "Elif", "Emeka", "Esme", "Farah", "Femi", "Freya", "Gael", "Goran",
    "Hana", "Hugo", "Ines", "Ivo", "Jamila", "Jiho", "Joao", "Kaia", "Kemal", "Kofi", "Lale", "Leila", "Linh",
    "Luca", "Mateo", "Maya", "Mei", "Milan", "Nadia", "Nia", "Noor", "Olga", "Omar", "Paloma", "Petra", "Priya",
    "Quentin", "Rafael", "Rania", "Rosa", "Sami", "Sanna", "Sora", "Tariq", "Thandi", "Uma", "Viktor",
    "Wanjiru", "Yara", "Yusuf", "Zainab", "Zofia",
)  # fmt: skip
SURNAMES: Final = (
    "Amberlake", "Ashgrove", "Birchmoor", "Brambleford", "Brightwater", "Cedarwick", "Clearbrook", "Cloverden",
    "Coppergate", "Cranemoor", "Dawnfield", "Driftmere", "Elmsworthy", "Emberlin", "Fairbarrow", "Fernhollow",
    "Flintridge", "Foxglade", "Frostwick", "Goldenreed", "Greymarsh", "Harrowfen", "Hazelmount", "Heronsby",
    "Icefield", "Juniperhill", "Kestrelby", "Larkmeadow", "Lindenshaw", "Lilywater", "Maplethorne",
    "Mossbridge", "Nettlecombe", "Northlantern", "Oakenbury", "Otterbourne", "Pebbleton", "Pinecrest",
    "Quillfeather", "Rainsworth", "Reedwalker", "Rowanside", "Saltmarsh", "Silverbeck", "Snowdrift",
    "Sparrowgate", "Stonebloom", "Sunderleaf", "Thistledown", "Tidewell", "Umberly", "Valehurst", "Violetford",
    "Wavecrest", "Westernwold", "Whitherby", "Willowmere", "Windrush", "Wrenfield", "Yarrowby", "Zephyrdale",
)  # fmt: skip
DEPARTMENTS: Final = (
    "Product", "Operations", "Customer Care", "Platform", "Finance", "Sales", "Research", "Supply", "People",
)  # fmt: skip
TEAMS: Final = (
    "Compass", "Harbour", "Lantern", "Meridian", "Orchard", "Pebble", "Quarry", "Rudder", "Sextant", "Tundra",
    "Umbra", "Vector", "Willow", "Yonder", "Zenith", "Anchor", "Beacon", "Cascade", "Delta", "Estuary", "Fjord",
    "Granite", "Hollow", "Island", "Jetty", "Kiln", "Loom", "Mosaic", "Nimbus", "Oasis",
)  # fmt: skip
