"""The form of a filing, carried whole from step to step: read into typed values, checked step by step, turned into a command.

Nothing is kept on the server and nothing personal stands in an address: each step posts everything typed so far, and the next
carries it in hidden fields. Going back therefore keeps everything, with and without scripts.
"""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from werkzeug.datastructures import MultiDict

from gridmediate.domain.categories import CATEGORIES, category
from gridmediate.domain.problems import FieldMissing, OutsideGrid, Problem
from gridmediate.domain.vocabulary import Datum, Flag, Label, PlaceMethod, Side, Source, Willingness
from gridmediate.services.asked import WORDS_LIMIT
from gridmediate.services.filing import FACTS_LIMIT, Filing, PartyEntry
from gridmediate.services.grid import Grid
from gridmediate.services.placing import Placement, PlaceSaid, Point, ask_if_far, place_of
from gridmediate.web.forms import Form, clean

#: Values of ``cell_code`` that are no code: the filer cannot say; the cell is in the list below.
UNSURE, LISTED = "unsure", "listed"
#: How a place of the gazetteer is written as such a value, with its cell: ``entry:27:990101001006004``.
_ENTRY = re.compile(r"entry:([0-9]{1,9}):([0-9A-Za-z]{1,24})")
#: Rows for parties on the form; more are added on the case's page.
PARTY_ROWS = 2
ADDRESS_LIMIT, NAME_LIMIT, PHONE_LIMIT = 200, 60, 24

_FACTS = Label("一句话说事", "What happened")
_ADDRESS = Label("地址或门牌", "Address")
_CELL = Label("事情在哪一格", "Which cell it is in")
_CATEGORY = Label("是什么纠纷", "What kind of dispute")
_SPOT_RESULT = Label("怎么解决的", "How it was solved")
_NAME, _PHONE = Label("当事人姓名", "Name of the party"), Label("电话", "Phone")
#: Names of the fields that must be filled, as problems call them.
FIELD_NAMES = {"cell_code": _CELL, "t2_code": _CATEGORY, "facts": _FACTS, "name": _NAME, "spot_result": _SPOT_RESULT}
_PLACE_FIELDS = ("lon", "lat", "accuracy_m", "datum", "place_method", "place_entry", "far_ok", "cell_code", "cell_listed",
                 "address")
_PARTY_FIELDS = tuple(f"party-{row}-{part}" for row in range(PARTY_ROWS) for part in ("side", "name", "phone"))
#: What each step asks for itself; every other field travels hidden.
ASKED: dict[str, tuple[str, ...]] = {
    "place": _PLACE_FIELDS,
    "category": ("t2_code",),
    "facts": ("facts", "willingness", "flags", "source", "client_at", "on_spot", "spot_result", *_PARTY_FIELDS),
}
STEPS = tuple(ASKED)
_CARRIED = ("filing_key", *(name for names in ASKED.values() for name in names))


class PhoneNotANumber(Problem):
    """A phone number holds something else than digits."""

    code = "filing.phone"
    sentence = Label("电话“{got}”看不懂，请只写数字。", "The phone number “{got}” cannot be read; digits only, please.")


@dataclass(frozen=True, slots=True)
class OwnArea:
    """Where a filer usually is: a position beyond it is questioned.

    Parameters
    ----------
    cells : collection of str
        Codes of the filer's own cells; without any, no position is questioned.
    far_m : float
        Metres from the nearest of them.
    """

    cells: Collection[str] = ()
    far_m: float = math.inf


class FilingForm:
    """What has been typed of a filing so far.

    Parameters
    ----------
    sent : MultiDict
        ``request.form``, or what a new form starts with.
    own : OwnArea, optional

    Attributes
    ----------
    typed : dict of str to str
        Single values as typed, to fill fields again.
    flags : tuple of Flag
    """

    def __init__(self, sent: MultiDict[str, str], own: OwnArea = OwnArea()) -> None:
        self._sent, self._own = sent, own
        self._form = Form(sent)
        self.typed: dict[str, str] = {name: sent.get(name, "") for name in _CARRIED if name != "flags"}
        self.flags: tuple[Flag, ...] = tuple(flag for flag in Flag if flag.value in sent.getlist("flags"))
        self.typed["cell_code"] = self._cell_said()
        self.typed["filing_key"] = _key_text(self.typed["filing_key"])

    def _cell_said(self) -> str:
        # The script may send the list under the name of the choices; without it, the list counts only where it is pointed to.
        said = next((value for value in self._sent.getlist("cell_code") if value), "")
        chosen = _ENTRY.fullmatch(said)
        if chosen is not None:
            self.typed["place_entry"] = chosen[1]
            return chosen[2]
        listed = self._sent.get("cell_listed", "")
        return listed if said in ("", LISTED) and listed else "" if said == LISTED else said

    def carried(self, step: str) -> Iterator[tuple[str, str]]:
        """Return the hidden fields of a step: all that the other steps ask."""
        for name in _CARRIED:
            if name in ASKED[step]:
                continue
            if name == "flags":
                yield from (("flags", flag.value) for flag in self.flags)
            elif self.typed[name] and name != "cell_listed":
                yield name, self.typed[name]

    @property
    def cell_code(self) -> str | None:
        """The cell named, if one is."""
        code = self.typed["cell_code"]
        return code if code and code != UNSURE else None

    @property
    def is_unsure(self) -> bool:
        """Whether the filer left the cell to the community."""
        return self.typed["cell_code"] == UNSURE

    @property
    def place_entry(self) -> int | None:
        """The entry of the gazetteer that was chosen, if one was."""
        number = self.typed["place_entry"]
        return int(number) if re.fullmatch("[0-9]{1,9}", number) else None

    @property
    def t2_code(self) -> str | None:
        """The category chosen, if there is such a one."""
        return self.typed["t2_code"] if self.typed["t2_code"] in CATEGORIES else None

    def point(self) -> Point | None:
        """Return the position sent, None if none was or it cannot be read; a fault is noted then."""
        lon = self._form.number("lon", Label("经度", "Longitude"), least=-180, most=180, required=False)
        lat = self._form.number("lat", Label("纬度", "Latitude"), least=-90, most=90, required=bool(self.typed["lon"].strip()))
        accuracy = self._form.number("accuracy_m", Label("误差", "Accuracy"), least=0, most=1e7, required=False)
        datum = self._form.word("datum", Label("坐标系", "Datum"), Datum, otherwise=Datum.WGS84)
        return Point(lon, lat, accuracy, datum) if lon is not None and lat is not None else None

    def place(self, grid: Grid) -> Placement | None:
        """Check the place.

        Returns
        -------
        Placement or None
            None with its faults noted.
        """
        point = self.point()
        address = self._form.text("address", _ADDRESS, limit=ADDRESS_LIMIT, required=False)
        if any(each.field in ("lon", "lat") for each in self.problems):
            return None
        if point is None and not self.typed["cell_code"]:
            self._form.fault(FieldMissing(field="cell_code", name=_CELL))
            return None
        try:
            placement = place_of(grid, PlaceSaid(point, self.cell_code, self.is_unsure, address))
        except Problem as problem:
            self._form.fault(problem)
            return None
        if placement.cell is None and not self.is_unsure and placement.nearest is not None:
            nearest = placement.nearest
            metres = round(nearest.distance_m)
            self._form.fault(OutsideGrid(field="cell_code", nearest=nearest.cell.label, distance_m=metres))
        if point is not None and self.typed["far_ok"] != "yes":
            far = ask_if_far(grid, point, self._own.cells, self._own.far_m)
            if far is not None:
                self._form.fault(far)
        return placement

    def check_category(self) -> None:
        """Check the category."""
        code = self._form.choice("t2_code", _CATEGORY, CATEGORIES)
        if code:
            category(code)

    def filing(self, grid: Grid) -> Filing:
        """Return the whole filing as a command.

        Raises
        ------
        Problem
            The fault, or all of them as ``Faults``.
        """
        form = self._form
        self.place(grid)
        self.check_category()
        facts = form.text("facts", _FACTS, limit=FACTS_LIMIT)
        willingness = form.word("willingness", Label("意愿", "Willingness"), Willingness, otherwise=Willingness.NOT_ASKED)
        flags = form.words("flags", Label("情况", "Circumstances"), Flag)
        source = form.word("source", Label("来源", "Source"), Source, otherwise=Source.WORKER)
        parties = tuple(party for row in range(PARTY_ROWS) if (party := self._party(row)))
        on_spot = form.tick("on_spot")
        spot_result = form.text("spot_result", _SPOT_RESULT, limit=WORDS_LIMIT, required=on_spot)
        form.done()
        point = self.point()
        return Filing(
            filing_key=uuid.UUID(self.typed["filing_key"]), t2_code=self.typed["t2_code"], facts=facts, willingness=willingness,
            flags=flags, source=source, point=point, place_method=self._method(point), cell_code=self.cell_code,
            is_unsure=self.is_unsure, address=clean(self.typed["address"]), parties=parties,
            client_at=_moment(self.typed["client_at"]), place_entry=self.place_entry, on_spot=on_spot,
            spot_result=spot_result if on_spot else "",
        )

    def _party(self, row: int) -> PartyEntry | None:
        name, phone = f"party-{row}-name", f"party-{row}-phone"
        has_phone = bool(self.typed[phone].strip())
        given = self._form.text(name, _NAME, limit=NAME_LIMIT, required=has_phone)
        number = self._form.text(phone, _PHONE, limit=PHONE_LIMIT, required=False)
        if number and not re.fullmatch(r"[+\d][\d\s()+-]{4,}", number):
            self._form.fault(PhoneNotANumber(field=phone, got=number[:30]))
        otherwise = Side.APPLICANT if row == 0 else Side.RESPONDENT
        side = self._form.word(f"party-{row}-side", Label("哪一方", "Side"), Side, otherwise=otherwise)
        return PartyEntry(side, given, number) if given else None

    def _method(self, point: Point | None) -> PlaceMethod:
        if point is not None:
            return PlaceMethod.POSITION if self.typed["place_method"] == PlaceMethod.POSITION else PlaceMethod.MAP
        if self.cell_code:
            return PlaceMethod.LIST
        return PlaceMethod.ADDRESS if self.typed["address"].strip() else PlaceMethod.NONE

    @property
    def problems(self) -> list[Problem]:
        """The faults noted so far, the same one once."""
        return list({(each.field, each.code): each for each in self._form.problems}.values())


def _key_text(given: str) -> str:
    try:
        return str(uuid.UUID(given))
    except ValueError:
        return str(uuid.uuid4())


def _moment(text: str) -> datetime | None:
    # The phone's own clock is kept for the record only; one that cannot be read is none.
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
