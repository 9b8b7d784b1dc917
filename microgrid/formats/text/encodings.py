"""The encoding of a text file."""

from __future__ import annotations

from microgrid.formats.source import Source


def decoded(source: Source, content: bytes, encoding: str | None) -> tuple[str, str]:
    """The file as text, and its encoding: by its mark, else UTF-8, else Windows-1252, else Latin-1."""
    marked = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    found = [name for mark, name in marked.items() if content.startswith(mark)]
    for name in [encoding.replace("utf-8", "utf-8-sig")] if encoding else found or ["utf-8", "cp1252", "latin-1"]:
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            raise source.error("not a text file", remedy="export the data as text, or say its encoding")
        return text, name.removesuffix("-sig")
    raise source.error("not a text file in its encoding", field="format.encoding", value=encoding or found[0])
