"""Reading the first visible sheet of an .xlsx (ECMA-376) as text, without running or following anything.

The archive is opened under a budget of bytes that no declared size can talk out of, XML is read by a parser
that stops at a DOCTYPE (so no entity, no external file), and only the four parts a table needs are opened.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Final
from xml.parsers import expat  # streams, and stops before any entity

from app.catalog.sheet_faults import FileTooLarge, NotASheet, TooManyRows, WithoutResult
from app.catalog.sheet_values import Styles, number_text

MAX_UNFOLDED: Final = 80_000_000
"""Most bytes of the parts that are read, once unfolded."""
_MAX_RATIO: Final = 200  # a table packs 10 to 60 times; a bomb a thousand
_RATIO_FROM: Final = 1_000_000  # bytes under which a ratio says nothing
_CHUNK: Final = 65_536
_LAST_COLUMN: Final = 16_384  # by the format
_PLACE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_OLD: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, or a workbook locked by a password

Line = tuple[int, list[str]]
Opened = Callable[[str, Mapping[str, str]], None]


def looks_like(content: bytes) -> bool:
    """Tell whether a content is an archive or an old workbook, and not a text."""
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06", _OLD))


def letters(place: int) -> str:
    """Return a column's letters as a spreadsheet shows them: 0 is A, 26 is AA."""
    said, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        said = chr(65 + rest) + said
    return said


def read(content: bytes, name: str, *, most: int) -> tuple[str, list[Line]]:
    """Return the name and the rows (line of the spreadsheet, cells) of the first visible sheet.

    Raises:
        NotASheet: not an .xlsx, or a broken one.
        FileTooLarge: it unfolds to more than a table needs.
        TooManyRows: more than ``most`` rows.
        WithoutResult: a formula without a stored result.
    """
    archive = _Archive(content, name)
    book = _Book(archive)
    title, part = book.first_visible()
    styles = Styles(since_1904=book.since_1904)
    archive.parse(book.part_of("/styles"), styles.opened, closed=styles.closed)
    strings = _Strings()
    archive.parse(book.part_of("/sharedStrings"), strings.opened, closed=strings.closed, said=strings.said)
    cells = _Cells(name, strings.texts, styles, most)
    archive.parse(part, cells.opened, closed=cells.closed, said=cells.said)
    return title, cells.lines


class _Archive:
    """The parts of a workbook, read under one budget."""

    def __init__(self, content: bytes, name: str) -> None:
        self._name, self._left = name, MAX_UNFOLDED
        if content.startswith(_OLD):
            raise NotASheet(
                name=name,
                cause="c'est un ancien classeur (.xls) ou un classeur protégé par un mot de passe. "
                "Enregistrez-le en .xlsx sans mot de passe.",
            )
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            self._names = {info.filename: info for info in self._zip.infolist()}
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
            raise self.broken() from None
        if "xl/workbook.xml" not in self._names:
            raise NotASheet(
                name=name, cause="ce n'est pas un classeur .xlsx. Enregistrez-le en .xlsx ou en .csv."
            )

    def broken(self) -> NotASheet:
        """Return the fault of a part that cannot be read."""
        return NotASheet(
            name=self._name,
            cause="le classeur est abîmé, ou n'a pas été écrit par un tableur. "
            "Ouvrez-le et enregistrez-le de nouveau.",
        )

    def holds(self, part: str) -> bool:
        """Tell whether the workbook has this part."""
        return part in self._names

    def parse(
        self,
        part: str,
        opened: Opened,
        *,
        closed: Callable[[str], None] = lambda _tag: None,
        said: Callable[[str], None] = lambda _text: None,
    ) -> None:
        """Stream a part to three hooks, tags without their namespace; nothing when there is no such part."""
        if not self.holds(part):
            return
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = lambda tag, attributes: opened(tag.rpartition(" ")[2], attributes)
        parser.EndElementHandler = lambda tag: closed(tag.rpartition(" ")[2])
        parser.CharacterDataHandler = said
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            self._stream(self._names[part], parser)
        except (expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, OSError):
            raise self.broken() from None
        except (RuntimeError, NotImplementedError, LookupError, ValueError):  # a password, an unknown packing
            raise self.broken() from None

    def _doctype(self, *_declaration: object) -> None:
        raise NotASheet(
            name=self._name,
            cause="il contient une déclaration DOCTYPE, qu'aucun tableur n'écrit. "
            "Ouvrez-le dans votre tableur et enregistrez-le de nouveau.",
        )

    def _stream(self, info: zipfile.ZipInfo, parser: expat.XMLParserType) -> None:
        taken = 0
        with self._zip.open(info) as part:
            while chunk := part.read(_CHUNK):
                taken += len(chunk)
                self._left -= len(chunk)
                swells = taken > _RATIO_FROM and taken > _MAX_RATIO * max(info.compress_size, 1)
                if self._left < 0 or swells:
                    raise FileTooLarge(name=self._name, most=MAX_UNFOLDED // 1_000_000)
                parser.Parse(chunk, False)  # noqa: FBT003 - expat's own signature
        parser.Parse(b"", True)  # noqa: FBT003


class _Book:
    """What a workbook says of itself: its sheets in order, where its parts are, when its days begin."""

    def __init__(self, archive: _Archive) -> None:
        self.since_1904 = False
        self._archive = archive
        self._sheets: list[tuple[str, str]] = []
        self._parts: dict[str, str] = {}
        self._kinds: dict[str, str] = {}
        archive.parse("xl/workbook.xml", self._of_book)
        archive.parse("xl/_rels/workbook.xml.rels", self._of_links)

    def _of_book(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "workbookPr":
            self.since_1904 = attributes.get("date1904") in {"1", "true"}
        if tag == "sheet" and attributes.get("state", "visible") == "visible":
            link = next((value for key, value in attributes.items() if key.endswith(" id")), "")
            self._sheets.append((attributes.get("name", ""), link))

    def _of_links(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag != "Relationship":
            return
        target = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", ""))).lstrip("/")
        kind = attributes.get("Type", "").rpartition("/")[2]
        self._kinds[f"/{kind}"] = target
        if kind == "worksheet":
            self._parts[attributes.get("Id", "")] = target

    def part_of(self, kind: str) -> str:
        """Return where the only part of a kind is, empty without one."""
        return self._kinds.get(kind, "")

    def first_visible(self) -> tuple[str, str]:
        """Return the name and the part of the first sheet that people see.

        Raises:
            NotASheet: there is none.
        """
        for title, link in self._sheets:
            if self._archive.holds(self._parts.get(link, "")):
                return title, self._parts[link]
        raise self._archive.broken()


class _Strings:
    """The texts that cells share, each the whole of its runs, readings for Japanese left out."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._in_text = self._in_reading = False

    def opened(self, tag: str, _attributes: Mapping[str, str]) -> None:
        if tag == "si":
            self._parts = []
        self._in_reading = self._in_reading or tag == "rPh"
        self._in_text = tag == "t" and not self._in_reading

    def said(self, text: str) -> None:
        if self._in_text:
            self._parts.append(text)

    def closed(self, tag: str) -> None:
        if tag == "rPh":
            self._in_reading = False
        if tag == "t":
            self._in_text = False
        if tag == "si":
            self.texts.append("".join(self._parts))


class _Cells:
    """The rows of a sheet as its XML comes by."""

    def __init__(self, name: str, strings: list[str], styles: Styles, most: int) -> None:
        self.lines: list[Line] = []
        self._name, self._strings, self._styles, self._most = name, strings, styles, most
        self._row: list[str] = []
        self._number = self._column = 0
        self._cell: Mapping[str, str] = {}
        self._said: list[str] = []
        self._keeps = self._formula = False

    def opened(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "row":
            said = attributes.get("r", "")
            self._number = int(said) if said.isdecimal() and len(said) < 9 else self._number + 1
            self._row, self._column = [], 0
        elif tag == "c":
            place = _PLACE.fullmatch(attributes.get("r", ""))
            self._column = _index(place[1]) if place else self._column + 1
            self._cell, self._said, self._formula = attributes, [], False
        elif tag == "f":
            self._formula = True
        self._keeps = tag in {"v", "t"}

    def said(self, text: str) -> None:
        if self._keeps:
            self._said.append(text)

    def closed(self, tag: str) -> None:
        if tag in {"v", "t"}:
            self._keeps = False
        elif tag == "c":
            self._closed_cell()
        elif tag == "row" and any(self._row):
            self.lines.append((self._number, self._row))
            if len(self.lines) > self._most:
                raise TooManyRows(name=self._name, most=self._most)

    def _closed_cell(self) -> None:
        text = self._text("".join(self._said))
        if text and self._column <= _LAST_COLUMN:
            self._row.extend([""] * (self._column - len(self._row)))
            self._row[self._column - 1] = text

    def _text(self, raw: str) -> str:
        kind = self._cell.get("t", "n")
        if self._formula and not raw and kind != "str":
            raise WithoutResult(name=self._name, cell=f"{letters(self._column - 1)}{self._number}")
        if not raw or kind in {"str", "inlineStr", "e", "d"}:
            return raw
        if kind == "s":
            return self._strings[int(raw)]
        if kind == "b":
            return "oui" if raw.strip() in {"1", "true"} else "non"
        return number_text(raw, self._styles.of(self._cell.get("s", "0")))


def _index(place: str) -> int:
    value = 0
    for letter in place:
        value = value * 26 + ord(letter) - 64
    return value
