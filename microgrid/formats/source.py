"""A file that a reader opens: its content, its name in errors, and the log that keeps what was done to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from microgrid.errors import InputError, Problem
from microgrid.repairs import RepairLog

_MOST_BYTES = 500_000_000
_NO_TEXT = (b"PK", b"PAR1", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")


def is_file(path: Path) -> bool:
    """Whether there is a file; a name that the system does not take is none."""
    try:
        return path.is_file()
    except OSError:
        return False


@dataclass(frozen=True)
class Source:
    """A file to be read.

    name: as errors show it; label: as the case names it; timezone: of stamps that have no offset of their own.
    """

    path: Path
    name: str
    label: str
    timezone: str
    log: RepairLog = field(default_factory=RepairLog)

    def content(self) -> bytes:
        """All bytes; an InputError when the file cannot be read, is empty, or too large to be one of these formats."""
        try:
            size = self.path.stat().st_size
            if size > _MOST_BYTES:
                raise self.error("the file is too large", value=f"{size:,} bytes", expected=f"up to {_MOST_BYTES:,}")
            content = self.path.read_bytes()
        except OSError as error:
            raise self.error("cannot be read", value=error.strerror) from None
        if not content.strip():
            raise self.error("the file is empty")
        return content

    def text(self, *encodings: str) -> str:
        """The file as text, in the first of the encodings that fits; UTF-8 (a mark is dropped) if none is named."""
        content = self.content()
        if content[:2] in (b"PK", b"\x1f\x8b"):
            raise self.error("a compressed file", remedy="unpack it first")
        if b"\x00" in content:
            raise self.error("not a text file", remedy="export the data as text")
        for encoding in encodings or ("utf-8-sig",):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                continue
        tried = " or ".join(encodings or ("UTF-8",))
        raise self.error("not a text file in the encoding of this format", expected=tried)

    def head(self, size: int) -> str:
        """The first bytes, by which a format is recognised: text without its mark, lines ended alike.

        A file that is no text is decoded as Latin-1, byte for byte.
        """
        try:
            with self.path.open("rb") as file:
                head = file.read(size)
        except OSError as error:
            raise self.error("cannot be read", value=error.strerror) from None
        if head.startswith(_NO_TEXT):
            return head.decode("latin-1")
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = head[: len(head) // 2 * 2].decode("utf-16", "replace")
        else:
            text = head.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def error(
        self,
        message: str,
        *,
        line: int | None = None,
        field: str | None = None,
        value: object = None,
        expected: str | None = None,
        remedy: str | None = None,
    ) -> InputError:
        """What is wrong with the file, to be raised; a value is cut to a readable length."""
        shown = None if value is None else str(value)[:80]
        return InputError(Problem(message, self.name, line, field, shown, expected, remedy))
