"""A year and two months in the life of a street: which disputes, where, when, and how far each has come today."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import TypedDict, TypeVar

from gridmediate.demo.courses import END_SHARES, Course, Days, IsWorking, moment, prompt, run
from gridmediate.demo.desk import DESK, DeskItem, lay_out
from gridmediate.demo.mix import CODES_OF, DENSITY, PLACES, SEASONS, class_shares, for_code
from gridmediate.demo.parties import PartyBook
from gridmediate.demo.people import HOME_COMMUNITY, HOME_DEPARTMENT
from gridmediate.demo.places import Building, CellPlace
from gridmediate.demo.plans import CasePlan, Step
from gridmediate.demo.stories import PlaceWords, Story, tell
from gridmediate.domain.vocabulary import LOCAL_ZONE, PlaceMethod, Source, Willingness
from gridmediate.domain.workflow import FINAL_STATES, Act, Needs, State

_Word = TypeVar("_Word")
_DAYS_A_MONTH = 30.4
#: The street grows busier as people hear of it, and most of what is open is fresh.
_RECENT_DAYS, _RECENT_FACTOR = 34, 2.4
#: For three whole months a row of courts was rebuilt, and its neighbours heard it: what the view of changes has to find.
_REBUILT = {f"{HOME_COMMUNITY[:9]}{code}": factor for code, factor in (
    ("008006", 11.0), ("008003", 1.8), ("008005", 1.8), ("009001", 1.8), ("009004", 1.8), ("012002", 1.8))}
_REBUILT_MONTHS, _REBUILT_FROM = 3, 500
_WEEKDAY = (1.2, 1.1, 1.05, 1.05, 1.1, 0.75, 0.65)
_SOURCES = ((Source.WORKER, 68), (Source.PARTY, 21), (Source.POLICE, 5), (Source.PETITION, 4), (Source.COURT, 2))
_METHODS = ((PlaceMethod.POSITION, 50), (PlaceMethod.MAP, 43), (PlaceMethod.LIST, 7))
_KIN = frozenset({"elders", "estate", "kin"})
_UNPLACED = (
    ("0203", "noise", "听泉路和锦溪路路口往南，具体门牌没问到", HOME_COMMUNITY, False),
    ("0601", "card", "溪山广场附近，店已关门", HOME_COMMUNITY, False),
    ("0503", "traffic", "北环路外侧辅道", f"{HOME_COMMUNITY[:9]}004", True),
    ("0602", "rent", "通济街上的出租屋，门牌不清", f"{HOME_COMMUNITY[:9]}009", False),
    ("0901", "land", "南柳村南边地头", f"{HOME_COMMUNITY[:9]}012", True),
)
_DUPLICATES = 0.014
#: What two people would report apart from each other.
_SEEN_BY_MANY = frozenset({
    "noise", "fumes", "clutter", "repair", "fee", "carpark", "works", "lift", "animal", "pollution", "passage", "drain", "card",
})
_REOPENED = 0.007
_HOMES = frozenset({"slab", "tower", "court", "house", "villa"})
_IN_FLATS = frozenset({"leak", "drain", "lift", "light", "rent", "build"})


def draw_cases(
    rng: Random, cells: Sequence[CellPlace], today: date, *, months: int = 14, n: int = 900, is_working: IsWorking | None = None,
    now: datetime | None = None,
) -> list[CasePlan]:
    """Draw the cases of a street.

    Parameters
    ----------
    rng : random.Random
        The same seed, cells and day give the same cases.
    cells : sequence of CellPlace
    today : date
    months : int
        How far back the first case lies.
    n : int
        How many cases.
    is_working : callable, optional
        Working days of the street's calendar; Monday to Friday when not given.
    now : datetime, optional
        No act lies at or after this aware moment; the first minute of *today* when not given.

    Returns
    -------
    list of CasePlan
        By the moment of filing, numbered from 1.
    """
    drawing = _Drawing(rng, cells, today, Days(is_working), months, now or datetime.combine(today, time(), LOCAL_ZONE))
    # In a street of few cases it would draw all others away.
    drawing.is_rebuilding = n >= _REBUILT_FROM
    desk = [drawing.desk_case(item) for item in DESK if item.cell_code in drawing.cell_by_code]
    unplaced = [drawing.unplaced_case(*row) for row in _UNPLACED]
    joined = round(n * _DUPLICATES)
    rest = n - len(desk) - len(unplaced) - joined
    taken = Counter(plan.story.t2_code for plan in desk + unplaced)
    free = [drawing.free_case(code) for code in _codes(rng, n - joined, taken, rest)]
    free = drawing.reopen_some(free, round(n * _REOPENED))
    return _numbered(desk + unplaced + free + drawing.duplicates(free, joined))


def _codes(rng: Random, total: int, taken: Counter[str], rest: int) -> list[str]:
    """Return the codes still to be drawn so that with *taken* the shares of the classes come out."""
    wanted: dict[str, float] = {}
    for t1_code, share in class_shares().items():
        inside = CODES_OF[t1_code]
        for code, weight in inside.items():
            wanted[code] = wanted.get(code, 0.0) + total * share / 100 * weight / sum(inside.values())
    left = {code: max(0.0, count - taken[code]) for code, count in wanted.items()}
    counts = {code: int(count) for code, count in left.items()}
    order = sorted(left, key=lambda code: (counts[code] - left[code], code))
    while sum(counts.values()) < rest:
        counts[order[sum(counts.values()) % len(order)]] += 1
    drawn = [code for code in sorted(counts) for _ in range(counts[code])]
    rng.shuffle(drawn)
    return drawn[:rest]


def _numbered(plans: Sequence[CasePlan]) -> list[CasePlan]:
    """Number by filing; a duplicate meanwhile points to the place of its first in *plans* + 1."""
    order = sorted(range(len(plans)), key=lambda place: (plans[place].filed_at, place))
    number = {place: at for at, place in enumerate(order, 1)}
    return [
        replace(plans[place], number=number[place], duplicate_of=_renumber(plans[place].duplicate_of, number)) for place in order
    ]


def _renumber(key: int | None, number: dict[int, int]) -> int | None:
    return None if key is None else number[key]


class _Place(TypedDict):
    cell_code: str
    address: str
    place_method: PlaceMethod
    point: tuple[float, float] | None
    accuracy_m: float | None


@dataclass(frozen=True, slots=True)
class _Spot:
    cell: CellPlace
    building: Building


class _Drawing:
    """The table at which one street is drawn: the town, the days, what has been told already."""

    def __init__(
        self, rng: Random, cells: Sequence[CellPlace], today: date, days: Days, months: int, now: datetime
    ) -> None:
        self.rng, self.today, self.days, self.now = rng, today, days, now
        self.cells = [cell for cell in sorted(cells, key=lambda cell: cell.code) if cell.buildings]
        self.cell_by_code = {cell.code: cell for cell in self.cells}
        self._dates = [today - timedelta(days=back) for back in range(int(months * _DAYS_A_MONTH), 0, -1)]
        # Two cells of one kind are never alike: one has a talkative court, the other does not.
        self._liveliness = {cell.code: rng.lognormvariate(0, 0.38) * _density(cell) for cell in self.cells}
        self.is_rebuilding = False
        month = today.year * 12 + today.month - 1
        self._rebuilt = tuple(date(at // 12, at % 12 + 1, 1) for at in (month - _REBUILT_MONTHS, month))
        self._spots: dict[tuple[str, bool, bool], tuple[list[_Spot], list[float]]] = {}
        self._told: Counter[str] = Counter()
        self._book = PartyBook(rng)

    def free_case(self, code: str) -> CasePlan:
        """Draw a case wherever and whenever it would come up."""
        filed_at = self._filed_at(code)
        end = self.rng.choices(tuple(END_SHARES), tuple(END_SHARES.values()))[0]
        spot = self._spot(code, filed_at)
        story = self._tell(code, spot.building, filed_at.month)
        course = run(self.rng, story, filed_at, end, self.days).until(self.now)
        plan = self._plan(story, spot, filed_at, course)
        if plan.state in FINAL_STATES:
            return plan
        if spot.cell.community_code == HOME_COMMUNITY:
            # The desks of the printed accounts are laid by hand; what is open elsewhere stays elsewhere.
            spot = self._spot(code, filed_at, away=True)
            plan = replace(plan, **self._place(spot))
        formed = next((step.at for step in course.steps if step.act is Act.FORM_TEAM), None)
        return plan if formed is None else replace(plan, task_by_department={HOME_DEPARTMENT: prompt(formed, self.now)})

    def desk_case(self, item: DeskItem) -> CasePlan:
        """Draw a case for a printed account's desk."""
        cell = self.cell_by_code[item.cell_code]
        kinds = for_code(PLACES, item.t2_code)
        fit = [each for each in cell.buildings if each.kind in kinds] or list(cell.buildings)
        flats = [each for each in fit if each.kind in ("slab", "tower")] if item.theme in _IN_FLATS else []
        spot = _Spot(cell, self.rng.choice(flats or fit))
        story = self._tell(item.t2_code, spot.building, self.today.month, theme=item.theme, willingness=Willingness.WILLING)
        filed_at, course, housing = lay_out(self.rng, item, story, self.days, self.today, self.now)
        return replace(self._plan(story, spot, filed_at, course), desk=item.desk, task_by_department=housing)

    def unplaced_case(self, code: str, theme: str, address: str, community: str, outside: bool) -> CasePlan:
        """Draw a filed case whose cell is still to be settled: only words, or a point beyond the border."""
        filed_at = self.now - timedelta(hours=self.rng.uniform(4, 40))
        story = self._tell(code, Building(0, 0, "any", 6, ""), filed_at.month, theme=theme, willingness=Willingness.WILLING)
        spot = _Spot(self.cells[0], Building(0, 0, "any", 6, address))
        plan = self._plan(story, spot, filed_at, Course((), ()))
        point = self._outside(community) if outside else None
        method = PlaceMethod.POSITION if outside else PlaceMethod.ADDRESS
        return replace(
            plan, cell_code=None, point=point, accuracy_m=18.0 if outside else None, place_method=method, address=address,
            community_code=community,
        )

    def reopen_some(self, plans: list[CasePlan], count: int) -> list[CasePlan]:
        """Reopen a few cases that were closed after an agreement some weeks ago."""
        fit = [
            place for place, plan in enumerate(plans)
            if plan.state is State.CLOSED and any(step.act in (Act.AGREE_ORALLY, Act.AGREE_IN_WRITING) for step in plan.steps)
            and timedelta(days=9) < self.now - plan.steps[-1].at < timedelta(days=50)
            and plan.cell_code is not None and not plan.cell_code.startswith(HOME_COMMUNITY)
        ]
        for place in self.rng.sample(fit, min(count, len(fit))):
            plan = plans[place]
            at = self.now - timedelta(days=self.rng.uniform(0.6, 6))
            plans[place] = replace(plan, steps=(*plan.steps, Step(Act.REOPEN, at, {Needs.REASON: plan.story.reopening})))
        return plans

    def duplicates(self, plans: Sequence[CasePlan], count: int) -> list[CasePlan]:
        """File some cases once more, by the other side or a neighbour, while the first is still under way."""
        offset = len([item for item in DESK if item.cell_code in self.cell_by_code]) + len(_UNPLACED)
        fit = [place for place, plan in enumerate(plans) if plan.story.theme in _SEEN_BY_MANY
               and any(step.act is Act.NOTE_SESSION for step in plan.steps)]
        found = []
        for place in self.rng.sample(fit, min(count, len(fit))):
            first = plans[place]
            accepted = first.steps[0].at
            filed_at = accepted + timedelta(hours=self.rng.uniform(1, 20))
            words = {Needs.DUPLICATE_OF: "", Needs.REASON: first.story.duplicate}
            joined = Step(Act.MARK_DUPLICATE, filed_at + timedelta(hours=self.rng.uniform(1, 6)), words)
            facts = f"另一位住户也来反映同一件事：{first.story.facts}"
            found.append(replace(
                first, story=replace(first.story, facts=facts), filed_at=filed_at, steps=(joined,), tasks=(),
                task_by_department={}, source=Source.PARTY, parties=first.parties[:1], duplicate_of=place + offset,
            ))
        return found

    def _filed_at(self, code: str) -> datetime:
        season = for_code(SEASONS, code)
        weights = [
            _WEEKDAY[day.weekday()] * season.get(day.month, 1.0)
            * (_RECENT_FACTOR if (self.today - day).days <= _RECENT_DAYS else 0.92 + 0.2 * place / len(self._dates))
            for place, day in enumerate(self._dates)
        ]
        day = self.rng.choices(self._dates, weights)[0]
        return moment(self.rng, day, 8, 20 if self.rng.random() < 0.2 else 18)

    def _spot(self, code: str, filed_at: datetime, *, away: bool = False) -> _Spot:
        """Draw a building for a category; *away* leaves out the community of the printed accounts."""
        loud = self.is_rebuilding and self._rebuilt[0] <= filed_at.astimezone(LOCAL_ZONE).date() < self._rebuilt[1]
        key = (code, away, loud)
        if key not in self._spots:
            cells = [cell for cell in self.cells if not (away and cell.community_code == HOME_COMMUNITY)]
            weighed = [(spot, weight * (_REBUILT.get(cell.code, 1.0) if loud else 1.0))
                       for cell in cells for spot, weight in self._weighed(cell, for_code(PLACES, code))]
            # A town without such a building still has people who fall out.
            weighed = weighed or [(_Spot(cell, each), 1.0) for cell in cells for each in cell.buildings]
            self._spots[key] = ([spot for spot, _ in weighed], list(accumulate(weight for _, weight in weighed)))
        spots, cumulated = self._spots[key]
        return self.rng.choices(spots, cum_weights=cumulated)[0]

    def _weighed(self, cell: CellPlace, kinds: Mapping[str, float]) -> list[tuple[_Spot, float]]:
        """Weigh a cell's buildings for a category: homes share its households, shops and halls weigh by themselves."""
        fit = [each for each in cell.buildings if each.kind in kinds]
        homes = sum(kinds[each.kind] * _homes_in(each) for each in fit) or 1.0
        a_home = cell.households / 400 * len(fit) / len(cell.buildings) / homes
        return [
            (_Spot(cell, each), self._liveliness[cell.code] * kinds[each.kind]
             * (a_home * _homes_in(each) if each.kind in _HOMES else 0.045))
            for each in fit
        ]

    def _tell(
        self, code: str, building: Building, month: int, *, theme: str | None = None, willingness: Willingness | None = None
    ) -> Story:
        """Tell a story that has not been told: of a handful, the one whose facts and whose kind came up least."""
        words = PlaceWords(building.kind, building.floors, month)
        handful = [tell(self.rng, code, words, theme=theme, willingness=willingness) for _ in range(6)]
        story = min(handful, key=lambda each: (self._told[each.facts], self._told[_kind_of(each)]))
        self._told.update((story.facts, _kind_of(story)))
        return story

    def _plan(self, story: Story, spot: _Spot, filed_at: datetime, course: Course) -> CasePlan:
        place = self._place(spot)
        return CasePlan(
            number=0, story=story, source=_draw(self.rng, _SOURCES), parties=self._book.parties(story), filed_at=filed_at,
            steps=course.steps, tasks=course.tasks, **place,
        )

    def _place(self, spot: _Spot) -> _Place:
        building, method = spot.building, _draw(self.rng, _METHODS)
        unit = f" {self.rng.randrange(1, 4)} 单元" if building.kind in ("slab", "tower") else ""
        return {
            "cell_code": spot.cell.code, "address": building.address + unit, "place_method": method,
            "point": None if method is PlaceMethod.LIST else (building.lon, building.lat),
            "accuracy_m": float(self.rng.randrange(5, 34)) if method is PlaceMethod.POSITION else None,
        }

    def _outside(self, community: str) -> tuple[float, float]:
        """Return a point some two hundred metres beyond the street, north or south of a community."""
        points = [(each.lon, each.lat) for cell in self.cells for each in cell.buildings]
        own = [(each.lon, each.lat) for cell in self.cells if cell.community_code == community for each in cell.buildings]
        own = own or points
        lon = sum(x for x, _ in own) / len(own)
        lats = [y for _, y in points]
        middle = (min(lats) + max(lats)) / 2
        north = sum(y for _, y in own) / len(own) > middle
        return round(lon, 6), round(max(lats) + 0.003 if north else min(lats) - 0.003, 6)


def _kind_of(story: Story) -> str:
    """Return the title without its doors and sums: what makes two stories feel alike in a list."""
    return re.sub(r"[\d,.]+", "", story.title)


def _density(cell: CellPlace) -> float:
    shares = Counter(each.kind for each in cell.buildings)
    known = {kind: count for kind, count in shares.items() if kind in DENSITY}
    return sum(DENSITY[kind] * count for kind, count in known.items()) / (sum(known.values()) or 1) or 1.0


def _homes_in(building: Building) -> float:
    return {"slab": 6.0, "tower": 4.0}.get(building.kind, 0.6) * max(1, building.floors) if building.kind != "villa" else 1.0


def _draw(rng: Random, table: Sequence[tuple[_Word, int]]) -> _Word:
    return rng.choices([row[0] for row in table], [row[1] for row in table])[0]
