"""Names of clocks in files, apart from those of IANA: abbreviations, words, names of Windows."""

from __future__ import annotations

# Abbreviations of standard and summer time, hours of standard time ahead of UTC, a zone that has both.
PAIRS = (
    ("WET", "WEST", 0, "Europe/Lisbon"), ("GMT", "BST", 0, "Europe/London"), ("CET", "CEST", 1, "Europe/Berlin"),
    ("MEZ", "MESZ", 1, "Europe/Berlin"), ("HNEC", "HAEC", 1, "Europe/Paris"), ("EET", "EEST", 2, "Europe/Helsinki"),
    ("OEZ", "OESZ", 2, "Europe/Helsinki"), ("MSK", "MSD", 3, "Europe/Moscow"), ("NST", "NDT", -3.5, "America/St_Johns"),
    ("AST", "ADT", -4, "America/Halifax"), ("EST", "EDT", -5, "America/New_York"),
    ("CST", "CDT", -6, "America/Chicago"), ("MST", "MDT", -7, "America/Denver"),
    ("PST", "PDT", -8, "America/Los_Angeles"), ("AKST", "AKDT", -9, "America/Anchorage"),
    ("HNA", "HAA", -4, "America/Halifax"), ("HNE", "HAE", -5, "America/Toronto"),
    ("HNC", "HAC", -6, "America/Winnipeg"), ("HNR", "HAR", -7, "America/Edmonton"),
    ("HNP", "HAP", -8, "America/Vancouver"), ("BRT", "BRST", -3, "America/Sao_Paulo"),
    ("CLT", "CLST", -4, "America/Santiago"), ("AEST", "AEDT", 10, "Australia/Sydney"),
    ("ACST", "ACDT", 9.5, "Australia/Adelaide"), ("NZST", "NZDT", 12, "Pacific/Auckland"),
)  # fmt: skip
# Abbreviations that name one zone worldwide.
SINGLE = {
    "JST": "Asia/Tokyo", "KST": "Asia/Seoul", "SGT": "Asia/Singapore", "HKT": "Asia/Hong_Kong", "PKT": "Asia/Karachi",
    "PHT": "Asia/Manila", "WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "ICT": "Asia/Bangkok",
    "NPT": "Asia/Kathmandu", "MYT": "Asia/Kuala_Lumpur", "TRT": "Europe/Istanbul", "AWST": "Australia/Perth",
    "SAST": "Africa/Johannesburg", "EAT": "Africa/Nairobi", "WAT": "Africa/Lagos", "CAT": "Africa/Maputo",
    "HST": "Pacific/Honolulu", "ART": "America/Argentina/Buenos_Aires", "EPT": "America/New_York",
    "CPT": "America/Chicago", "MPT": "America/Denver", "PPT": "America/Los_Angeles",
}  # fmt: skip
# Abbreviations of several zones, which only the site or an option decides: India, Ireland, Israel; Britain, ...
SEVERAL = frozenset({"IST", "BST", "GST", "WST", "ECT", "SST", "BDT", "BOT", "AMT", "LMT", "MMT", "PMT"})
# Names that are used in America for its own zones, and in Asia and Australia for others.
AMERICAN = frozenset({"EST", "CST", "MST", "AST", "PST", "EASTERN", "CENTRAL"})
# Words before "time", "standard time" or "summer time" -> abbreviation of the standard time.
SPELLED = {
    "australian eastern": "AEST", "australian central": "ACST", "australian western": "AWST",
    "central european": "CET", "western european": "WET", "eastern european": "EET", "middle european": "CET",
    "mitteleuropäische": "MEZ", "osteuropäische": "OEZ", "westeuropäische": "WET", "british": "GMT", "greenwich": "GMT",
    "new zealand": "NZST", "newfoundland": "NST", "japan": "JST", "korea": "KST", "moscow": "MSK",
    "singapore": "SGT", "hong kong": "HKT", "south african?": "SAST", "brasilia": "BRT", "hawaii": "HST",
    "alaskan?": "AKST", "atlantic": "AST", "eastern": "EST", "central": "CST", "mountain": "MST", "pacific": "PST",
}  # fmt: skip
# Names of zones in Windows before "Standard Time", which stand for the zone with its summer time.
WINDOWS = {
    "w. europe": "Europe/Berlin", "romance": "Europe/Paris", "central europe": "Europe/Budapest",
    "gmt": "Europe/London", "e. europe": "Europe/Chisinau", "fle": "Europe/Kyiv", "gtb": "Europe/Bucharest",
    "turkey": "Europe/Istanbul", "russian": "Europe/Moscow", "israel": "Asia/Jerusalem", "egypt": "Africa/Cairo",
    "south africa": "Africa/Johannesburg", "morocco": "Africa/Casablanca", "w. central africa": "Africa/Lagos",
    "e. africa": "Africa/Nairobi", "arabian": "Asia/Dubai", "arab": "Asia/Riyadh", "arabic": "Asia/Baghdad",
    "iran": "Asia/Tehran", "india": "Asia/Kolkata", "sri lanka": "Asia/Colombo", "pakistan": "Asia/Karachi",
    "bangladesh": "Asia/Dhaka", "se asia": "Asia/Bangkok", "china": "Asia/Shanghai", "taipei": "Asia/Taipei",
    "tokyo": "Asia/Tokyo", "aus eastern": "Australia/Sydney", "e. australia": "Australia/Brisbane",
    "cen. australia": "Australia/Adelaide", "aus central": "Australia/Darwin", "w. australia": "Australia/Perth",
    "tasmania": "Australia/Hobart", "us eastern": "America/Indiana/Indianapolis", "us mountain": "America/Phoenix",
    "canada central": "America/Regina", "sa pacific": "America/Bogota", "e. south america": "America/Sao_Paulo",
    "argentina": "America/Argentina/Buenos_Aires", "pacific sa": "America/Santiago", "hawaiian": "Pacific/Honolulu",
}  # fmt: skip
# Read in brackets only, as two letters elsewhere are too few to be a zone.
TWO_LETTERS = {"ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles"}
# Words that end in T like an abbreviation, but are no zone, or local standard time.
NO_ZONES = frozenset(
    {
        "LST", "LT", "DT", "UT", "START", "LAST", "FIRST", "NEXT", "SLOT", "UNIT", "DEBUT", "POINT", "EVENT", "OUT",
        "SET", "ACT", "TOT", "DAT", "TEST", "TEXT", "INPUT", "COUNT", "EXACT", "LEFT", "SHIFT",
    }
)  # fmt: skip
