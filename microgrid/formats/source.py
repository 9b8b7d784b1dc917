"""A file to be read: its content, its name in errors, and the log of repairs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from microgrid.errors import InputError, Problem
from microgrid.repairs import RepairLog

_MOST_BYTES = 500_000_000
_NO_TEXT = (b"PK", b"PAR1", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")


def is_file(path: Path) -> bool:
    """Whether a path is an existing file; False for a name that the operating system does not accept."""
    try:
        return path.is_file()
    except OSError:
        return False


@dataclass(frozen=True)
class Source:
    """A file to be read.

    name: shown in errors; label: name in the case, shown in the log; timezone: of stamps without an offset.
    """

    path: Path
    name: str
    label: str
    timezone: str
    log: RepairLog = field(default_factory=RepairLog)

    def content(self) -> bytes:
        """Content of the file as bytes; an InputError if it cannot be read, is empty or exceeds the size limit."""
        try:
            size = self.path.stat().st_size
            if size > _MOST_BYTES:
                raise self.error(
                    "the file is too large", value=f"{size:,} bytes", expected=f"up to {_MOST_BYTES:,} bytes"
                )
            content = self.path.read_bytes()
        except OSError as error:
            raise self.error("cannot be read", value=error.strerror) from None
        if not content.strip():
            raise self.error("the file is empty")
        return content

    def text(self, *encodings: str) -> str:
        """Content as text in the first encoding that fits, by default UTF-8 without a byte order mark.

        Raises:
            InputError: no encoding fits.
        """
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
        """First ``size`` bytes as text, by which a format is recognised, without a byte order mark and with LF as ends.

        The bytes of a file that is no text, or not UTF-16, are decoded as Latin-1, one by one.
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
        """InputError about the file, to be raised; a long value is shortened."""
        shown = None if value is None else str(value)[:80]
        return InputError(Problem(message, self.name, line, field, shown, expected, remedy))
