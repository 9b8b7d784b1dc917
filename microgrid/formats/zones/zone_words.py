"""Recognition of clocks in texts: a zone by its name or a city, an offset from UTC, UTC, an abbreviation, words."""

from __future__ import annotations

import datetime as dt
import functools
import re
import zoneinfo
from dataclasses import replace

from microgrid.formats.zones.stated import StatedClock, kind, unknown
from microgrid.formats.zones.zone_tables import (
    AMERICAN,
    NO_ZONES,
    PAIRS,
    SEVERAL,
    SINGLE,
    SPELLED,
    TWO_LETTERS,
    WINDOWS,
)

HOUR = 3600
_MOST_AHEAD = 15 * HOUR
_REGION = "Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc|US"
_NAMED = re.compile(rf"(?<![A-Za-z])(?:{_REGION})[/_][A-Za-z][\w+/-]*", re.ASCII | re.IGNORECASE)
_PART = r"(?:(?P<hh>\d\d):?(?P<mm>\d\d)(?::00)?|(?P<h>\d{1,2})(?::(?P<m>\d\d)|[.,](?P<part>\d{1,2}))?)(?![\d:])"
_MINUTES = r"(?![\s_-]*(?:min|minutes?|minuten|s|sec|%)(?![A-Za-z]))"  # "UTC, 15 min" states a step
_LENGTH = r"(?!\s*(?:min|h|hrs?|hours?|std|s|sec|days?|d|%)(?![A-Za-z]))"  # "+15 min" states a shift, no clock
_OFFSET = re.compile(
    rf"(?:(?:utc|gmt)[\s_]*(?P<sign>[+\u2212-]|plus|minus|[pm](?=\d))[\s_]*{_PART}{_MINUTES}"
    rf"|(?:^\s*|[(\[]\s*)(?P<alone>[+\u2212-])\s*{_PART.replace('?P<', '?P<a')}{_LENGTH}"
    rf"|(?:(?<=[A-Za-z\s_])\+|(?<=[\s_])[\u2212-])(?P<ehh>[01]\d):?(?P<emm>[0-5]\d)(?![\d:]))"
    r"(?P<places>\)\s*[A-Za-z])?",
    re.IGNORECASE | re.ASCII,
)
_HALF_READ = re.compile(
    rf"(?:utc|gmt)[\s_]*(?P<sign>[+\u2212-]|plus|minus)?[\s_]*(?P<number>\d{{1,2}}){_MINUTES}(?(sign)|(?![\d:.]))",
    re.IGNORECASE | re.ASCII,
)
_UTC = re.compile(
    r"(?<![A-Za-z])(?:utc|gmt)(?![A-Za-z])|UTC|GMT|(?<=[a-z0-9])(?:Utc|Gmt)(?![a-z])|(?<![A-Za-z])(?i:zulu)(?![A-Za-z])"
    r"|(?:^|[\s_(\[])Z[)\]]?$|_z$|[(\[]UT[)\]]|(?i:universal[\s_-]*time|temps universel|weltzeit|tiempo universal)",
    re.ASCII,
)
_ABBREVIATION = re.compile(r"(?:(?<![A-Za-z])[A-Z]{3,4}|(?<=_)[a-z]{3,4})(?![A-Za-z])", re.ASCII)
_STANDARD = re.compile(r"winter ?time|winterzeit|normalzeit|local standard ?time|heure d.hiver", re.IGNORECASE)
_SUMMER_TIME = (
    r"(?:dst|(?:summer|daylight)(?:[ _]?saving)?s?[ _]?time|daylight saving|sommerzeit|heure d..?t.\b|zomertijd"
    r"|ora legale)"
)
_SUMMER = re.compile(rf"(?<![A-Za-z]){_SUMMER_TIME}", re.IGNORECASE)
_NO_SUMMER = re.compile(
    rf"\b(?:no|not|without|ohne|keine|sans|zonder|senza|sin|excl\w*\.?)[ _]{_SUMMER_TIME}"
    r"|all year|ganzj|toute l.ann|tutto l.anno",
    re.IGNORECASE,
)
_BOTH = re.compile(
    rf"\b(?:with|mit|avec|met|con|incl\w*\.?)[ _]{_SUMMER_TIME}|winter\w*-?\W+(?:und\W+|and\W+)?(?:sommer|summer)"
    r"|(?:sommer|summer)\w*-?\W+(?:und\W+|and\W+)?winter|standard[ _]?/[ _]?daylight",
    re.IGNORECASE,
)
_WINDOWS = re.compile(r"\b([\w. ]+?) standard time", re.IGNORECASE)
_SPELLED = re.compile(
    rf"(?<![A-Za-z])({'|'.join(SPELLED)})[\s_]*(standard|prevailing|summer|daylight|sommer|winter|normal|mean)?"
    r"[\s_]*(time|zeit)?(?![A-Za-z])",
    re.IGNORECASE,
)
_SHORT = re.compile(r"[(\[]\s*([A-Z]{1,4}T)\s*[)\]]|(?<=[\s_])([A-Z]{2,4}T)$", re.ASCII)


def stated_in(text: str, where: str, line: int | None = None) -> StatedClock | None:
    """Clock that a text states, by the first notation that fits, None if it states none.

    where: place of the text in words; line: its line in the file.
    """
    for way in (_by_name, _by_offset, _by_words, _abbreviated, _universal, _by_city, _by_unknown):
        if found := way(text, where, line):
            return found
    return None


def _season(text: str) -> str:
    """Statement of a text about summer time: "both" for a clock that changes, "fixed", "summer", or "" for none."""
    if _NO_SUMMER.search(text):
        return "fixed"
    if _BOTH.search(text):
        return "both"
    return "fixed" if _STANDARD.search(text) else "summer" if _SUMMER.search(text) else ""


def _zone(key: str, text: str, where: str, line: int | None) -> StatedClock:
    ahead, changes = kind(zoneinfo.ZoneInfo(key))
    return StatedClock(text, where, line, ahead, changes, key, named=True)


@functools.cache
def _keys() -> dict[str, str]:
    """Names of the IANA database by their form in lower case with _ for /."""
    return {key.lower().replace("/", "_"): key for key in zoneinfo.available_timezones() if "/" in key}


@functools.cache
def _cities() -> dict[str, str]:
    """Zones by the city in their name, in lower case, for regions whose names are those of cities."""
    regions = ("Africa/", "America/", "Asia/", "Europe/", "Pacific/", "Atlantic/", "Indian/")
    known = {key.split("/")[1].lower().replace("_", " "): key for key in _keys().values()
             if key.startswith(regions) and key.count("/") == 1}  # fmt: skip
    cities = ("sydney", "melbourne", "brisbane", "adelaide", "perth", "darwin", "hobart", "canberra")
    return {**known, **{city: f"Australia/{city.title()}" for city in cities}}


def _by_name(text: str, where: str, line: int | None) -> StatedClock | None:
    """Clock of a zone of the IANA database, also with _ for /; unknown for another name with a / in that form."""
    for found in _NAMED.findall(text):
        parts = re.split(r"(?<=_)|(?=_)", found.replace("/", "_").lower())
        for count in range(len(parts), 0, -1):
            key = _keys().get("".join(parts[:count]).strip("_"))
            if key is not None:
                return _zone(key, key, where, line)
        if "/" in found:
            return unknown(found, where, line)
    return None


def _by_offset(text: str, where: str, line: int | None) -> StatedClock | None:
    """Clock of an offset such as UTC+1, utc_plus_1, +01:00 or (UTC+5.5); unknown for UTC 1 without a sign."""
    offsets = [found for found in _OFFSET.finditer(text) if abs(_seconds(found)) <= _MOST_AHEAD]
    if offsets:
        seconds = sorted({_seconds(found) for found in offsets})
        shown = offsets[0][0].split(")")[0].strip("([_ ")
        if not any(found["places"] for found in offsets):
            return StatedClock(shown, where, line, seconds[0], len(seconds) > 1 or _season(text) == "both")
        rest = text[offsets[-1].end() - 1 :]  # "(UTC+01:00) Berlin" names a zone by its standard time
        cities = (_by_city(part, where, line) for part in rest.split(","))
        zone = _by_words(rest, where, line) or next((city for city in cities if city), None)
        if zone is not None and zone.zone is not None and kind(zoneinfo.ZoneInfo(zone.zone))[0] == seconds[0]:
            return zone
        return StatedClock(shown, where, line, seconds[0], None)
    found = _HALF_READ.search(text)
    if found is not None and (found["sign"] or int(found["number"]) <= 14):
        zero = not found["sign"] and not int(found["number"])
        return StatedClock("UTC", where, line, 0, False) if zero else unknown(found[0], where, line)
    return None


def _seconds(found: re.Match[str]) -> int:
    """Seconds ahead of UTC that an offset states."""
    hours = int(found["hh"] or found["h"] or found["ahh"] or found["ah"] or found["ehh"])
    minutes = float(found["mm"] or found["m"] or found["amm"] or found["am"] or found["emm"] or 0)
    if part := found["part"] or found["apart"]:
        minutes = float(f"0.{part}") * 60
    sign = (found["sign"] or found["alone"] or found[0].strip()[0]).strip("_").lower()
    return round(hours * HOUR + min(minutes, 59) * 60) * (1 if sign in ("+", "plus", "p") else -1)


def _by_words(text: str, where: str, line: int | None) -> StatedClock | None:
    """Clock of words: a zone of Windows, Central European Summer Time, or a word in brackets such as (Pacific)."""
    for found in _WINDOWS.finditer(text):
        words = " ".join(found[1].lower().split())
        key = next((zone for name, zone in WINDOWS.items() if words == name or words.endswith(" " + name)), None)
        if key is not None:
            return _zone(key, found[0].strip(), where, line)
    for found in _SPELLED.finditer(text):
        abbreviation = next(short for words, short in SPELLED.items() if re.fullmatch(words, found[1], re.IGNORECASE))
        around = text[: found.start()].rstrip()[-1:], text[found.end() :].lstrip()[:1]
        alone = (
            not (found[2] or found[3]) and (not around[0] or around[0] in "([") and (not around[1] or around[1] in ")]")
        )
        if found[2] or found[3] or alone:
            return _spelled(abbreviation, (found[2] or "").lower(), found, where, line)
    return None


def _spelled(abbreviation: str, season: str, found: re.Match[str], where: str, line: int | None) -> StatedClock:
    """Clock of words that stand for an abbreviation; season: word for summer or standard time, "" for none.

    Without such a word the clock is that of a zone, whose summer time may be open.
    """
    words = found[0].strip(" _")
    if abbreviation in SINGLE:
        return _zone(SINGLE[abbreviation], words, where, line)
    hours, zone = next((hours, zone) for standard, _, hours, zone in PAIRS if standard == abbreviation)
    if season in ("summer", "daylight", "sommer"):
        return StatedClock(words, where, line, round((hours + 1) * HOUR), False)
    if season in ("winter", "normal", "mean"):
        return StatedClock(words, where, line, round(hours * HOUR), False)
    if abbreviation == "GMT":
        return _zone(zone, words, where, line)
    american = abbreviation in AMERICAN
    if american and season != "standard":
        return _zone(zone, found[1].upper(), where, line)
    return StatedClock(found[1].upper() if american else words, where, line, round(hours * HOUR), None, zone)


def _abbreviated(text: str, where: str, line: int | None) -> StatedClock | None:
    """Clock of an abbreviation: CEST is fixed, CET/CEST changes, CET alone may be either; IST is unknown."""
    words = [word.upper() for word in _ABBREVIATION.findall(text)]
    season = _season(text)
    for standard, daylight, hours, zone in PAIRS:
        ahead = round(hours * HOUR)
        if (daylight in words and (standard in words or "/" in text)) or (standard in words and season == "both"):
            return StatedClock(f"{standard}/{daylight}", where, line, ahead, True, zone)
        if (daylight in words and daylight not in SEVERAL) or (standard in words and season == "summer"):
            return StatedClock(daylight, where, line, ahead + HOUR, False)
        if standard in words and standard != "GMT":
            return StatedClock(standard, where, line, ahead, False if season == "fixed" else None, zone)
    for word in words:
        if word in SINGLE:
            return _zone(SINGLE[word], word, where, line)
        if word in SEVERAL:
            return unknown(word, where, line)
    return None


def _universal(text: str, where: str, line: int | None) -> StatedClock | None:
    """UTC, or standard time of a place that the text leaves open; unknown for a summer time alone."""
    season = _season(text)
    if (utc := _UTC.search(text)) and not _WINDOWS.search(text):
        if season == "summer":
            return StatedClock(f"{utc[0].upper()} summer time", where, line, HOUR, False)
        return StatedClock(utc[0].strip(" _()[]").upper(), where, line, 0, False)
    if winter := _STANDARD.search(text) or _NO_SUMMER.search(text):
        return None if season == "both" else StatedClock(winter[0], where, line, None, False)
    if season == "summer" and (summer := _SUMMER.search(text)):
        return unknown(summer[0], where, line)
    return None


def _by_city(text: str, where: str, line: int | None) -> StatedClock | None:
    """Clock of the zone of a city at the end of a text, also in brackets."""
    words = [word.lower() for word in re.split(r"[\s_()\[\]:;,-]+", text) if word]
    for count in (3, 2, 1):
        key = _cities().get(" ".join(words[-count:]))
        if key is not None:
            return _zone(key, " ".join(words[-count:]).title(), where, line)
    return None


def _by_unknown(text: str, where: str, line: int | None) -> StatedClock | None:
    """Clock of letters in the place of a zone: (ET) of New York, unknown for others that may be abbreviations."""
    if windows := _WINDOWS.search(text):
        return unknown(windows[0].strip(), where, line)
    found = _SHORT.search(text)
    short = (found[1] or found[2]) if found else ""
    if found is None or short in NO_ZONES or (found[2] and text.isupper()):
        return None
    if short in TWO_LETTERS and found[1]:
        return _zone(TWO_LETTERS[short], short, where, line)
    return unknown(short, where, line)


def interpreted_in(stated: StatedClock, usual: zoneinfo.ZoneInfo) -> StatedClock:
    """Statement with the meaning that its abbreviation has in a zone: CST differs in Chicago and Shanghai.

    usual: zone of the option or the site.
    """
    ahead, summer = kind(usual)
    dates = [dt.datetime(2024, month, 1) for month in (1, 7)]
    names = {usual.tzname(date): usual.utcoffset(date) for date in dates}
    offset = names.get(stated.text)
    if offset is None or stated.text in ("UTC", "GMT"):
        doubtful = stated.text in AMERICAN and usual.key.startswith(("Asia/", "Australia/"))
        return replace(stated, known=False) if doubtful else stated
    if not stated.known and round(offset.total_seconds()) != ahead:
        return replace(stated, ahead=round(offset.total_seconds()), summer=False, known=True)
    if stated.known and (stated.ahead is None or stated.summer is False):
        return stated
    return replace(stated, ahead=ahead, summer=None if summer else False, zone=usual.key, known=True)
