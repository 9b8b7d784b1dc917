"""The Atom feed of a Green Button file: entries with their links, elements with their lines."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, TreeBuilder  # to build with; defusedxml parses

from microgrid.formats.source import Source

_LINED = ("entry", "IntervalBlock", "IntervalReading")


@dataclass(frozen=True)
class Entry:
    """An entry of the feed and its links."""

    node: Element
    itself: str = ""
    up: str = ""
    related: tuple[str, ...] = ()

    def __str__(self) -> str:
        name = self.itself.rpartition("/")[2] or "without a link"
        title = text_of(self.node, "title")
        return f"{name} ({title[:40]})" if title else name

    def is_called(self, names: str) -> bool:
        """Whether one of several names, separated by commas, is the link of the entry, the link's end, or the title."""
        own = {self.itself, self.itself.rpartition("/")[2].lstrip("0"), text_of(self.node, "title")}
        return any({name.strip().strip("/"), name.strip().lstrip("0")} & own for name in names.split(","))


def root_of(source: Source) -> Element:
    """Parse the file into a tree without namespaces; an InputError for anything that the parser refuses."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import XMLParser

    content = source.text("latin-1").encode("latin-1")  # unchanged, as expat decodes; text() refuses binary files

    def element(tag: str, attributes: dict[str, str]) -> Element:
        tag = tag.rpartition("}")[2]
        if tag in _LINED:
            attributes = {**attributes, "line": str(parser.parser.CurrentLineNumber)}
        return Element(tag, attributes)

    parser = XMLParser(target=TreeBuilder(element), forbid_dtd=True)
    try:
        parser.feed(content)
        root: Element = parser.close()
    except DefusedXmlException as error:
        raise source.error(
            "a document type or an entity, which are not allowed", value=type(error).__name__, remedy="remove it"
        ) from None
    except ParseError as error:
        raise source.error("not well-formed XML", line=error.position[0], value=error) from None
    except (ValueError, LookupError) as error:  # for an encoding that the parser lacks
        raise source.error("not XML that can be read", value=error) from None
    return root


def text_of(node: Element, path: str) -> str:
    """Text of the element at a path, "" if there is none."""
    return (node.findtext(path) or "").strip()


def line_of(node: Element) -> int:
    """Line of an element in the file; 1 for elements whose line is not recorded."""
    return int(node.get("line", "1"))


def entries_of(root: Element) -> list[Entry]:
    """Entries of a feed; a document without entries is one itself."""
    found = []
    for node in root.findall("entry") or [root]:
        links = [(link.get("rel"), link.get("href", "").strip().strip("/")) for link in node.findall("link")]
        own = {rel: href for rel, href in links if rel in ("self", "up")}
        related = tuple(href for rel, href in links if rel == "related")
        found.append(Entry(node, own.get("self", ""), own.get("up", ""), related))
    return found
