"""What people's mediation may not take stops at acceptance, with its reason and where to go; what was entrusted passes."""

from __future__ import annotations

import pytest

from gridmediate.domain.categories import CATEGORIES, NOT_MEDIABLE, not_mediable
from gridmediate.domain.problems import ConditionNotMet
from gridmediate.domain.vocabulary import Source
from gridmediate.domain.workflow import Act, State
from gridmediate.services import casepage
from gridmediate.services.casework import ENTRUSTED
from tests.rig.world import World

#: Its stories take about half a second each, and there are many.
pytestmark = pytest.mark.slow


@pytest.fixture
def street_url(sqlite_street_url: str) -> str:
    """One kind of database is enough here: no statement of these services is written for one of them."""
    return sqlite_street_url

BARRED = sorted(code for code in CATEGORIES if code[:2] in NOT_MEDIABLE)


def test_the_table_bars_law_and_litigation_and_discipline_and_nothing_else() -> None:
    assert BARRED == ["1401", "1402", "1403", "1404", "1499", "1501", "1502", "1599"]
    assert sorted(code for code in CATEGORIES if not_mediable(code)) == BARRED
    for row in NOT_MEDIABLE.values():
        assert row.reason.zh
        assert row.reason.en.isascii()
        assert row.referral.zh
        assert row.referral.en.isascii()


@pytest.mark.parametrize("code", BARRED)
def test_each_is_refused_at_acceptance_and_not_accepted_with_its_reason_and_referral(world: World, code: str) -> None:
    case_no = world.file(t2_code=code).case_no
    with pytest.raises(ConditionNotMet, match="people's mediation may not take"):
        world.act(case_no, Act.ACCEPT)
    assert world.case(case_no).state is State.FILED
    view = world.do(casepage.read_case, case_no, by="cadre")
    row = not_mediable(code)
    assert row is not None
    assert (view.not_mediable, view.referral, view.is_entrusted) == (row.reason, row.referral, False)
    world.act(case_no, Act.NOT_ACCEPT)
    assert world.case(case_no).state is State.NOT_ACCEPTED


@pytest.mark.parametrize("source", sorted(ENTRUSTED))
@pytest.mark.parametrize("code", BARRED)
def test_each_passes_where_a_court_or_the_police_entrusted_it(world: World, code: str, source: Source) -> None:
    case_no = world.file(t2_code=code, source=source).case_no
    view = world.do(casepage.read_case, case_no, by="cadre")
    assert (view.not_mediable, view.referral, view.is_entrusted) == (None, None, True)
    world.act(case_no, Act.ACCEPT)
    assert world.case(case_no).state is State.TEAM_FORMED


@pytest.mark.parametrize("source", sorted(set(Source) - ENTRUSTED))
def test_nobody_else_entrusts(world: World, source: Source) -> None:
    case_no = world.file(t2_code="1403", source=source).case_no
    with pytest.raises(ConditionNotMet):
        world.act(case_no, Act.ACCEPT)


def test_a_wrong_category_is_corrected_with_the_acceptance(world: World) -> None:
    case_no = world.file(t2_code="1403").case_no
    world.act(case_no, Act.ACCEPT, t2_code="0201")
    assert world.case(case_no).state is State.TEAM_FORMED


def test_one_that_becomes_barred_by_correction_is_not_accepted(world: World) -> None:
    case_no = world.file(t2_code="0201").case_no
    with pytest.raises(ConditionNotMet):
        world.act(case_no, Act.ACCEPT, t2_code="1501")
    assert world.case(case_no).t2_code == "0201"
