"""The field's nouns, each with its one Chinese and one English label.

Everything that a person reads and that is not the wording of one page stands here or in a table beside its rule, in both
languages, so that a stored reason can be read again in either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

#: Moments are stored in UTC and read by people in this zone.
LOCAL_ZONE = ZoneInfo("Asia/Shanghai")

LANGUAGES = ("zh", "en")
_WEEKDAYS_ZH = "一二三四五六日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Label:
    """A word in both languages.

    Parameters
    ----------
    zh, en : str
        The Chinese and the English word, as printed.
    """

    zh: str
    en: str

    def say(self, language: str) -> str:
        """Return the word in *language* ("zh" or "en"; anything else reads as Chinese)."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence kept as a code and its figures, so that it can be said in either language later.

    Parameters
    ----------
    code : str
        Key into :data:`PHRASES`.
    values : mapping
        What the sentence names. JSON types only; a :class:`Label` is given as ``{"zh": …, "en": …}``, a day as ISO text.
    """

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def say(self, language: str) -> str:
        """Return the sentence in *language*.

        Raises
        ------
        KeyError
            If the code is in no table: an unknown reason must not pass for an empty one.
        """
        return fill(PHRASES[self.code], self.values, language)

    def as_json(self) -> dict[str, Any]:
        """Return what is stored: ``{"code": …, "values": {…}}``."""
        return {"code": self.code, "values": dict(self.values)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Phrase:
        """Read back what :meth:`as_json` stored."""
        return cls(stored["code"], dict(stored.get("values", {})))


def fill(template: Label, values: Mapping[str, Any], language: str) -> str:
    """Put *values* into *template*, labels in *language*, days and moments in local words."""
    return template.say(language).format_map({key: _read(value, language) for key, value in values.items()})


def _read(value: Any, language: str) -> Any:
    match value:
        case Label():
            return value.say(language)
        case {"zh": zh, "en": en}:
            return en if language == "en" else zh
        case datetime():
            return say_moment(value, language)
        case date():
            return say_day(value, language)
        case list() | tuple():
            return ("、" if language != "en" else ", ").join(str(_read(each, language)) for each in value)
        case str() if len(value) == 10 and value[4:5] == "-" and value[7:8] == "-":
            try:
                return say_day(date.fromisoformat(value), language)
            except ValueError:
                return value
        case _:
            return value


def say_day(day: date, language: str) -> str:
    """Return a day as the house writes it: ``11月23日 周一`` or ``Mon 23 Nov``."""
    if language == "en":
        return f"{_WEEKDAYS_EN[day.weekday()]} {day.day} {_MONTHS_EN[day.month - 1]}"
    return f"{day.month}月{day.day}日 周{_WEEKDAYS_ZH[day.weekday()]}"


def say_moment(moment: datetime, language: str) -> str:
    """Return an aware moment in local time; the end of a day reads 24:00, not 00:00 of the next."""
    local = moment.astimezone(LOCAL_ZONE)
    if (local.hour, local.minute) == (0, 0):
        return f"{say_day(local.date() - timedelta(days=1), language)} 24:00"
    return f"{say_day(local.date(), language)} {local:%H:%M}"


def say_month(year: int, month: int, language: str) -> str:
    """Return a month as the house writes it: ``2026年11月`` or ``Nov 2026``."""
    return f"{_MONTHS_EN[month - 1]} {year}" if language == "en" else f"{year}年{month}月"


class Level(StrEnum):
    """The levels of the grid; code lengths 6, 9, 12, 15 (GB/T 2260, GB/T 10114; the 15-digit cell code is 12 + 3)."""

    COUNTY = "county"
    STREET = "street"
    COMMUNITY = "community"
    CELL = "cell"


class Role(StrEnum):
    """What a person is in this system. Code asks for permissions, never for roles."""

    GRID_WORKER = "grid_worker"
    CADRE = "cadre"
    DEPARTMENT_STAFF = "department_staff"
    LEADER = "leader"
    COORDINATOR = "coordinator"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Seat(StrEnum):
    """A place in a 1+1+N team."""

    CADRE = "cadre"
    GRID_WORKER = "grid_worker"
    DEPARTMENT = "department"
    GUEST = "guest"


class Part(StrEnum):
    """A department's part in a case: 主办 leads, 协办 supports."""

    LEAD = "lead"
    SUPPORT = "support"


class Side(StrEnum):
    """Where a party stands."""

    APPLICANT = "applicant"
    RESPONDENT = "respondent"


class Willingness(StrEnum):
    """Whether a party wants mediation. A clear refusal ends it (People's Mediation Law art. 17)."""

    WILLING = "willing"
    NOT_ASKED = "not_asked"
    UNWILLING = "unwilling"


class Flag(StrEnum):
    """Circumstances of a case that call for care; they describe the case, never a person."""

    THREAT = "threat"
    DOMESTIC_VIOLENCE = "domestic_violence"
    MINOR = "minor"
    GROUP = "group"
    EARLIER_ATTEMPTS = "earlier_attempts"
    MIGRANT_WAGES = "migrant_wages"
    SELF_HARM = "self_harm"
    POLICE_CALLS = "police_calls"
    BUILDING_WORK = "building_work"


class Source(StrEnum):
    """How a case came in (people's mediation statistics: on its own, applied for, entrusted)."""

    WORKER = "worker"
    PARTY = "party"
    COURT = "court"
    POLICE = "police"
    PETITION = "petition"
    IMPORT = "import"


class PlaceMethod(StrEnum):
    """How the place of a case was found."""

    POSITION = "position"
    MAP = "map"
    LIST = "list"
    ADDRESS = "address"
    IMPORT = "import"
    NONE = "none"


class Datum(StrEnum):
    """The datum a coordinate came in. Stored coordinates are WGS 84."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


class Urgency(StrEnum):
    """How fast a task must be signed for."""

    ORDINARY = "ordinary"
    URGENT = "urgent"


class Status(StrEnum):
    """The six words a map, a bar and a chip know. Overdue is laid over the first three by the clock."""

    FILED = "filed"
    ACCEPTED = "accepted"
    MEDIATING = "mediating"
    OVERDUE = "overdue"
    SETTLED = "settled"
    ENDED = "ended"


_WORDS: tuple[tuple[StrEnum, Label], ...] = (
    (Level.COUNTY, Label("区县", "County")),
    (Level.STREET, Label("街道", "Street")),
    (Level.COMMUNITY, Label("社区", "Community")),
    (Level.CELL, Label("网格", "Cell")),
    (Role.GRID_WORKER, Label("网格员", "Grid worker")),
    (Role.CADRE, Label("社区干部", "Community cadre")),
    (Role.DEPARTMENT_STAFF, Label("部门人员", "Department staff")),
    (Role.LEADER, Label("街道领导", "Street leader")),
    (Role.COORDINATOR, Label("区县综治中心", "County coordinator")),
    (Role.ADMINISTRATOR, Label("管理员", "Administrator")),
    (Role.AUDITOR, Label("审计员", "Auditor")),
    (Seat.CADRE, Label("社区干部", "Community cadre")),
    (Seat.GRID_WORKER, Label("网格员", "Grid worker")),
    (Seat.DEPARTMENT, Label("职能部门", "Department")),
    (Seat.GUEST, Label("受邀人员", "Invited person")),
    (Part.LEAD, Label("主办", "Lead")),
    (Part.SUPPORT, Label("协办", "Support")),
    (Side.APPLICANT, Label("申请人", "Applicant")),
    (Side.RESPONDENT, Label("被申请人", "Respondent")),
    (Willingness.WILLING, Label("愿意", "Willing")),
    (Willingness.NOT_ASKED, Label("还没问", "Not asked yet")),
    (Willingness.UNWILLING, Label("不愿意", "Not willing")),
    (Flag.THREAT, Label("有人扬言动手，或带了器械", "Threat of violence, or a weapon")),
    (Flag.DOMESTIC_VIOLENCE, Label("疑似家庭暴力", "Suspected domestic violence")),
    (Flag.MINOR, Label("涉及未成年人", "A minor is involved")),
    (Flag.GROUP, Label("牵涉 5 人以上", "Five people or more")),
    (Flag.EARLIER_ATTEMPTS, Label("之前调过两次以上没成", "Two or more earlier attempts failed")),
    (Flag.MIGRANT_WAGES, Label("拖欠农民工工资", "Migrant workers' wages unpaid")),
    (Flag.SELF_HARM, Label("有人扬言自伤", "Threat of self-harm")),
    (Flag.POLICE_CALLS, Label("已报过两次以上警", "Police called twice or more")),
    (Flag.BUILDING_WORK, Label("涉及搭建或改动结构", "Building work or structural change")),
    (Source.WORKER, Label("网格员排查", "Found by the grid worker")),
    (Source.PARTY, Label("当事人申请", "Applied for by a party")),
    (Source.COURT, Label("法院委托", "Entrusted by the court")),
    (Source.POLICE, Label("公安移送", "Passed on by the police")),
    (Source.PETITION, Label("信访转来", "Passed on by the petition office")),
    (Source.IMPORT, Label("批量导入", "Imported")),
    (PlaceMethod.POSITION, Label("手机定位", "Phone position")),
    (PlaceMethod.MAP, Label("地图点选", "Tapped on the map")),
    (PlaceMethod.LIST, Label("从列表选格", "Cell chosen from the list")),
    (PlaceMethod.ADDRESS, Label("按地址", "From the address")),
    (PlaceMethod.IMPORT, Label("文件坐标", "Coordinates from a file")),
    (PlaceMethod.NONE, Label("没有位置", "No position")),
    (Datum.WGS84, Label("WGS 84", "WGS 84")),
    (Datum.GCJ02, Label("GCJ-02", "GCJ-02")),
    (Datum.BD09, Label("BD-09", "BD-09")),
    (Urgency.ORDINARY, Label("普通", "Ordinary")),
    (Urgency.URGENT, Label("加急", "Urgent")),
    (Status.FILED, Label("上报", "Filed")),
    (Status.ACCEPTED, Label("受理", "Accepted")),
    (Status.MEDIATING, Label("调解中", "Mediating")),
    (Status.OVERDUE, Label("超期", "Overdue")),
    (Status.SETTLED, Label("已化解", "Settled")),
    (Status.ENDED, Label("依法终结", "Ended lawfully")),
)

#: Keyed by kind and value: two kinds may share a value ("filed" is a state and a status) and still read differently.
LABELS: dict[tuple[type[StrEnum], str], Label] = {(type(word), word.value): text for word, text in _WORDS}


def label(word: StrEnum) -> Label:
    """Return the label of a word of this vocabulary."""
    return LABELS[type(word), word.value]


#: Sentences that are stored with a case (reasons, sums of clocks, places). Rooms add theirs with :func:`add_phrases`.
PHRASES: dict[str, Label] = {}


def add_phrases(table: Mapping[str, tuple[str, str]]) -> None:
    """Add a room's sentences, ``code -> (zh, en)``; a code may stand in one table only."""
    for code, (zh, en) in table.items():
        if code in PHRASES and PHRASES[code] != Label(zh, en):
            raise ValueError(f"phrase {code!r} is already defined with other words")
        PHRASES[code] = Label(zh, en)


def add_labels(table: Mapping[StrEnum, tuple[str, str]]) -> None:
    """Add the labels of one kind of word, such as the workflow's states.

    One kind a call: two kinds with equal values would silently share a key of *table*.
    """
    for word, (zh, en) in table.items():
        LABELS[type(word), word.value] = Label(zh, en)
