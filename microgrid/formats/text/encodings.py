"""Encodings of text files."""

from __future__ import annotations

from microgrid.formats.source import Source


def decoded(source: Source, content: bytes, encoding: str | None) -> tuple[str, str]:
    """Decode a file; return its text and its encoding.

    encoding: stated by the user; by default that of the byte order mark, else UTF-8, Windows-1252 or Latin-1.

    Raises:
        InputError: a binary file, or one that is not in the encoding.
    """
    marked = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    found = [name for mark, name in marked.items() if content.startswith(mark)]
    for name in [encoding.replace("utf-8", "utf-8-sig")] if encoding else found or ["utf-8", "cp1252", "latin-1"]:
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            raise source.error("not a text file", remedy="export the data as text, or state the option encoding")
        return text, name.removesuffix("-sig")
    raise source.error("not a text file in this encoding", field="format.encoding", value=encoding or found[0])
