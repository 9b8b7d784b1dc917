"""Answers of web services in place of data: the message of an error in HTML, JSON or XML."""

from __future__ import annotations

import html
import json
import re
from typing import Any

_KEYS = (
    "status", "statuscode", "status_code", "code", "title", "error", "errors", "error_message", "errormessage",
    "error_description", "message", "messages", "reason", "fault", "faultstring", "detail", "details", "description",
)  # fmt: skip
_ERROR_KEYS = {*_KEYS} - {"status", "statuscode", "status_code", "code", "title", "description", "details", "messages"}
_PAGE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_FAULT = re.compile(
    r"<(?:\w+:)?(?:\w*error\w*|\w*fault|\w*exception\w*|Acknowledgement_MarketDocument)\b", re.IGNORECASE
)
_WORDS = re.compile(r"<(?:\w+:)?(?:code|message|text|faultstring|title|detail|ServiceException)\b[^>]*>([^<]+)<", re.I)
_LONGEST = 200
_MOST_PARTS = 3


def is_page(text: str) -> bool:
    """Whether a text begins as a page of HTML."""
    return _PAGE.match(text) is not None


def answer_in(text: str) -> str:
    """Message of a web service that answered with an error or a page; "" where the text is no such answer."""
    text = text.lstrip("\ufeff \t\r\n")
    if is_page(text):
        return words_of_page(text)
    if text.startswith("<") and (fault := _FAULT.search(text[:1000])):
        words = _plain(": ".join(dict.fromkeys(found.strip() for found in _WORDS.findall(text))))
        return words or ("" if "Acknowledgement" in fault[0] else _plain(_bare(text)))
    if text[:1] not in "{[":
        return ""
    try:
        return words_in(json.loads(text))
    except (ValueError, RecursionError):
        return ""


def words_of_page(text: str) -> str:
    """Title and first heading of a page of HTML, or its text without them."""
    found = [
        re.search(rf"<{tag}\b[^>]*>(.*?)</{tag}", text, re.IGNORECASE | re.DOTALL) for tag in ("title", "h1", "h2")
    ]
    words = [_plain(_bare(match[1])) for match in found if match]
    return ": ".join(dict.fromkeys(filter(None, words))) or _plain(_bare(text)) or "a page without words"


def words_in(data: Any) -> str:
    """Message of an error in JSON: its code or status, its title and its reason; "" where the data hold no error."""
    if isinstance(data, list):
        return "; ".join(filter(None, map(words_in, data[:_MOST_PARTS])))
    if not isinstance(data, dict):
        return ""
    own = {str(key).lower(): value for key, value in data.items()}
    code = next((own[key] for key in ("status", "statuscode", "status_code", "code") if key in own), None)
    failed = re.fullmatch(r"[45]\d\d|error|fail\w*", str(code), re.IGNORECASE) is not None
    return _texts_in(own) if failed or any(own.get(key) for key in _ERROR_KEYS) else ""


def _texts_in(value: Any, depth: int = 0) -> str:
    """Texts and numbers in a part of an answer, in their order."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return _plain(str(value))
    if isinstance(value, list) and depth < _MOST_PARTS:
        return "; ".join(filter(None, (_texts_in(part, depth + 1) for part in value[:_MOST_PARTS])))
    if isinstance(value, dict) and depth < _MOST_PARTS:
        own = {str(key).lower(): part for key, part in value.items()}
        known = [key for key in _KEYS if key in own] or list(own)[:_MOST_PARTS]
        return _plain(": ".join(dict.fromkeys(filter(None, (_texts_in(own[key], depth + 1) for key in known)))))
    return ""


def _bare(text: str) -> str:
    """Text of HTML or XML without tags, scripts and styles."""
    text = re.sub(r"<(script|style|head)\b.*?</\1\s*>", " ", text, flags=re.IGNORECASE | re.DOTALL)
    return html.unescape(re.sub(r"<[^>]*>", " ", text))


def _plain(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in html.unescape(text))
    return " ".join(printable.split())[:_LONGEST]
