"""Reading the TOML of a mapping: every key that is missing, unknown or wrong, all at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gridmediate.domain.categories import CATEGORIES
from gridmediate.domain.import_map import ISO, STATUS_WORDS, Choice, ImportMap, Template, TimeColumn
from gridmediate.domain.import_problems import MapKeyMissing, MapKeyUnknown, MapUnreadable, MapValueWrong
from gridmediate.domain.problems import Faults, Problem
from gridmediate.domain.vocabulary import LOCAL_ZONE, Datum, Label

#: What each section may hold.
KEYS: dict[str, tuple[str, ...]] = {
    "number": ("column", "prefix"),
    "filed": ("column", "format", "zone"),
    "closed": ("column", "format", "zone", "before_filed"),
    "place": ("lon", "lat", "datum", "address", "street", "street_code"),
    "category": ("column", "default", "values"),
    "department": ("column", "default", "values"),
    "departments": (),
    "status": ("column", "default", "values"),
    "facts": ("template",),
    "result": ("template",),
}
_A_COLUMN = Label("列名", "the name of a column")
_A_TEXT = Label("文字", "text in quotation marks")
_A_TABLE = Label("一个表", "a table")
_A_FORMAT = Label("strptime 格式（如 %Y-%m-%d %H:%M）或 iso", "a strptime format such as %Y-%m-%d %H:%M, or iso")
_A_ZONE = Label("IANA 时区名，如 Asia/Shanghai", "an IANA time zone such as Asia/Shanghai")
_A_CATEGORY = Label("分类编码（两级，如 0203）", "a category code such as 0203")
_A_DEPARTMENT = Label(
    "部门编码：小写字母、数字和下划线，最多 24 位", "a department code: lower-case letters, digits and underscores, at most 24")
_A_TEMPLATE = Label("带 {列名} 的句子", "a sentence with {columns} in braces")
_A_STATUS = Label("之一：" + "、".join(STATUS_WORDS), "one of " + ", ".join(STATUS_WORDS))
_A_NAME = Label('{ zh = "…", en = "…" }', '{ zh = "…", en = "…" }')
_EARLY = ("refuse", "at_filing")


def read_map(text: str) -> ImportMap:
    """Read a mapping.

    Raises
    ------
    MapUnreadable
    Faults
        Everything that has to be changed.
    """
    try:
        stored = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MapUnreadable(why=str(error)) from error
    return _Reader(stored).read()


class _Reader:
    """One mapping on its way in; what is wrong is noted, and reading goes on."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        self.stored = stored
        self.faults: list[Problem] = []

    def read(self) -> ImportMap:
        """Read all sections."""
        for name in self.stored:
            if name not in KEYS:
                self.faults.append(MapKeyUnknown(key=name, known=list(KEYS)))
        number = self.text("number", "column", _A_COLUMN)
        filed = self.time("filed", None)
        closed = self.time("closed", filed) if "closed" in self.stored else None
        early = self.optional("closed", "before_filed") or _EARLY[0]
        if early not in _EARLY:
            self.wrong("closed.before_filed", early, Label("refuse 或 at_filing", "refuse or at_filing"))
        lon, lat = self.optional("place", "lon"), self.optional("place", "lat")
        if (lon is None) != (lat is None):
            self.faults.append(MapKeyMissing(key="place.lat" if lat is None else "place.lon", expected=_A_COLUMN))
        mapping: dict[str, Any] = {
            "number": number, "number_prefix": self.optional("number", "prefix") or "", "filed": filed, "closed": closed,
            "closed_at_filing": early == _EARLY[1], "lon": lon, "lat": lat, "datum": self.datum(),
            "address": self.optional("place", "address"), "street": self.optional("place", "street"),
            "street_code": self.optional("place", "street_code"),
            "category": self.choice("category", lambda code: code in CATEGORIES, _A_CATEGORY),
            "status": self.choice("status", lambda word: word in STATUS_WORDS, _A_STATUS),
            "department": self.choice("department", _is_department, _A_DEPARTMENT) if "department" in self.stored else None,
            "departments": self.departments(), "facts": self.template("facts"),
            "result": self.template("result") if "result" in self.stored else None,
        }
        if self.faults:
            raise Faults(self.faults)
        return ImportMap(**mapping)

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a section, noting keys that mean nothing."""
        section = self.stored.get(name, {})
        if not isinstance(section, dict):
            self.wrong(name, section, _A_TABLE)
            return {}
        if KEYS[name]:
            for key in section:
                problem = MapKeyUnknown(key=f"{name}.{key}", known=list(KEYS[name]))
                if key not in KEYS[name] and all(each.values != problem.values for each in self.faults):
                    self.faults.append(problem)
        return section

    def optional(self, name: str, key: str) -> str | None:
        """Return a text that may be left out."""
        got = self.section(name).get(key)
        if got is not None and not isinstance(got, str):
            self.wrong(f"{name}.{key}", got, _A_TEXT)
            return None
        return got or None

    def text(self, name: str, key: str, expected: Label) -> str:
        """Return a text that must be there."""
        got = self.optional(name, key)
        if got is None and not self.section(name).get(key):
            self.faults.append(MapKeyMissing(key=f"{name}.{key}", expected=expected))
        return got or ""

    def time(self, name: str, like: TimeColumn | None) -> TimeColumn:
        """Return a column of moments; what it leaves out is as in *like*."""
        column = self.text(name, "column", _A_COLUMN)
        written = self.optional(name, "format")
        if written is None:
            if like is None:
                self.faults.append(MapKeyMissing(key=f"{name}.format", expected=_A_FORMAT))
            written = like.format if like else ISO
        elif not _is_format(written):
            self.wrong(f"{name}.format", written, _A_FORMAT)
        zone = self.optional(name, "zone")
        try:
            found = ZoneInfo(zone) if zone else like.zone if like else LOCAL_ZONE
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.wrong(f"{name}.zone", zone, _A_ZONE)
            found = LOCAL_ZONE
        return TimeColumn(column, written, found)

    def datum(self) -> Datum:
        """Return the datum of the coordinates, which is never guessed."""
        got = self.optional("place", "datum")
        if got is None and self.optional("place", "lon"):
            self.faults.append(MapKeyMissing(key="place.datum", expected=Label("、".join(Datum), ", ".join(Datum))))
        if got is not None and got not in list(Datum):
            self.wrong("place.datum", got, Label("之一：" + "、".join(Datum), "one of " + ", ".join(Datum)))
            return Datum.WGS84
        return Datum(got or Datum.WGS84)

    def choice(self, name: str, fits: Any, expected: Label) -> Choice:
        """Return a column whose values are mapped."""
        column, default = self.text(name, "column", _A_COLUMN), self.optional(name, "default")
        values = self.section(name).get("values", {})
        if not isinstance(values, dict):
            self.wrong(f"{name}.values", values, _A_TABLE)
            values = {}
        if default is not None and not fits(default):
            self.wrong(f"{name}.default", default, expected)
        for said, word in values.items():
            if not isinstance(word, str) or not fits(word):
                self.wrong(f"{name}.values.{said}", word, expected)
        if not values and default is None:
            self.faults.append(MapKeyMissing(key=f"{name}.values", expected=expected))
        return Choice(name, column, {str(said).strip(): str(word) for said, word in values.items()}, default)

    def departments(self) -> dict[str, Label]:
        """Return the departments to be made."""
        made: dict[str, Label] = {}
        for code, names in self.section("departments").items():
            if not _is_department(code):
                self.wrong(f"departments.{code}", code, _A_DEPARTMENT)
            elif not isinstance(names, dict) or not all(_is_name(names.get(key)) for key in ("zh", "en")):
                self.wrong(f"departments.{code}", names, _A_NAME)
            else:
                made[code] = Label(names["zh"].strip()[:120], names["en"].strip()[:120])
        return made

    def template(self, name: str) -> Template:
        """Return a sentence with columns in braces."""
        text = self.text(name, "template", _A_TEMPLATE)
        try:
            parts = [(literal, column, spec, turned) for literal, column, spec, turned in Formatter().parse(text)]
        except ValueError:
            parts = [("", "", "", None)]
        if any(column == "" or spec or turned for _, column, spec, turned in parts):
            self.wrong(f"{name}.template", text, _A_TEMPLATE)
        return Template(tuple((literal, column.strip() if column else None) for literal, column, _, _ in parts))

    def wrong(self, key: str, got: Any, expected: Label) -> None:
        """Note a value that cannot be used."""
        self.faults.append(MapValueWrong(key=key, got=got, expected=expected))


def _is_department(code: str) -> bool:
    return re.fullmatch(r"[a-z][a-z0-9_]{0,23}", code) is not None


def _is_name(got: Any) -> bool:
    return isinstance(got, str) and bool(got.strip())


def _is_format(written: str) -> bool:
    # A format is good if what it writes it can read again, to the day at least.
    if written == ISO:
        return True
    moment = datetime(2003, 11, 27, 16, 8, 9)  # noqa: DTZ001 - a time without a place, only to try the format
    try:
        return datetime.strptime(moment.strftime(written), written).date() == moment.date()  # noqa: DTZ007
    except ValueError:
        return False
