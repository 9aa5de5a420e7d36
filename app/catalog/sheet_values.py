"""What a number of a workbook shows: a date, an hour, leading zeros, or a plain number (ECMA-376 18.8.30)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

_BUILT_IN: Final[Mapping[int, str]] = {
    **dict.fromkeys((14, 15, 16, 17, *range(27, 32), 34, 35, 36, *range(50, 59)), "d"),
    22: "d h",
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 45, 47), "h"),
    46: "[h]",
}
"""Formats a workbook names by number alone; those from 27 on are the dates of other languages."""
_NOT_SAID: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_PADDED: Final = re.compile(r"[0# .]*0[0# .]*")
_LAST_DAY: Final = 2_958_465  # 31 December 9999
_SINCE: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's dates have no zone
_SINCE_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001


@dataclass(frozen=True)
class Format:
    """How a cell shows its number: the code of its format, and where its days begin."""

    code: str = ""
    since_1904: bool = False


class Styles:
    """The formats of a workbook's cells, read from ``styles.xml`` as it comes by."""

    def __init__(self, *, since_1904: bool) -> None:
        self._since_1904 = since_1904
        self._codes: dict[str, str] = {}
        self._cells: list[str] = []
        self._in_cells = False

    def opened(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take in an element that opens."""
        if tag == "numFmt":
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            self._in_cells = True
        elif tag == "xf" and self._in_cells:
            self._cells.append(attributes.get("numFmtId", "0"))

    def closed(self, tag: str) -> None:
        """Take in an element that closes."""
        if tag == "cellXfs":
            self._in_cells = False

    def of(self, style: str) -> Format:
        """Return the format of a cell by the number it names; the plain one when there is no such number."""
        place = int(style) if style.isdecimal() else 0
        known = self._cells[place] if place < len(self._cells) else "0"
        code = self._codes.get(known) or (_BUILT_IN.get(int(known), "") if known.isdecimal() else "")
        return Format(code, self._since_1904)


def number_text(raw: str, shown: Format) -> str:
    """Return a stored number as text: ISO for a date or an hour, a point for decimals, never an exponent."""
    try:
        value = Decimal(raw.strip())
    except InvalidOperation:
        return raw.strip()
    if not value.is_finite() or abs(value.adjusted()) > 300:
        return raw.strip()
    code = _NOT_SAID.sub("", shown.code.partition(";")[0]).casefold()
    if "general" not in code and set(code) & set("ymdhsj") and 0 <= value <= _LAST_DAY:
        return _moment(value, code, shown)
    plain = _plain(value)
    stripped = shown.code.partition(";")[0].replace("\\", "").replace('"', "")
    if plain.isdecimal() and _PADDED.fullmatch(stripped):
        marks = [sign for sign in stripped if sign in "0#"] if "." not in stripped else []
        return plain.zfill(len(marks) - marks.index("0")) if marks else plain
    return plain


def _plain(value: Decimal) -> str:
    """Return a number with at most fifteen figures, which is what a spreadsheet shows and keeps."""
    text = format(Decimal(format(value, ".15g")), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _moment(value: Decimal, code: str, shown: Format) -> str:
    seconds = round(value * 86_400)
    if "[" in code:  # a duration
        return f"{seconds // 3_600}:{seconds % 3_600 // 60:02d}"
    days, rest = divmod(seconds, 86_400)
    if not set(code) & set("ydj") and days == 0:
        return _hour((datetime.combine(date.min, time()) + timedelta(seconds=rest)).time())
    since = _SINCE_1904 if shown.since_1904 else _SINCE
    if not shown.since_1904 and days < 60:
        days += 1  # the 29 February 1900 that spreadsheets believe in
    try:
        moment = since + timedelta(days=days, seconds=rest)
    except OverflowError:
        return _plain(value)
    return moment.date().isoformat() if rest == 0 else f"{moment.date().isoformat()}T{_hour(moment.time())}"


def _hour(moment: time) -> str:
    return moment.isoformat("seconds" if moment.second else "minutes")
