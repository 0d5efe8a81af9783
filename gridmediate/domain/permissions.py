"""Who may do what, and how far: one table, and two readers of it that agree.

:func:`may` answers for one case, :func:`visible_to` for a list; both read :data:`GRANTS`. Code asks for permissions, never
for roles.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from gridmediate.domain.vocabulary import Level, Role


class Permission(StrEnum):
    """Everything that may be asked for, as ``resource:action``, in alphabetical order."""

    ACCOUNT_MANAGE = "account:manage"
    AUDIT_READ = "audit:read"
    BRIEFING_ISSUE = "briefing:issue"
    CALL_BACK_DRAW = "call-back:draw"
    CALL_BACK_MAKE = "call-back:make"
    CALL_READ = "call:read"
    CASE_ACCEPT = "case:accept"
    CASE_APPROVE = "case:approve"
    CASE_CALL = "case:call"
    CASE_CLOSE = "case:close"
    CASE_CLOSE_AS_DEPARTMENT = "case:close-as-department"
    CASE_END = "case:end"
    CASE_ESCALATE = "case:escalate"
    CASE_EXPORT = "case:export"
    CASE_FILE = "case:file"
    CASE_FOLLOW_UP = "case:follow-up"
    CASE_MEDIATE = "case:mediate"
    CASE_NOTE = "case:note"
    CASE_PLACE = "case:place"
    CASE_READ = "case:read"
    CASE_REOPEN = "case:reopen"
    CASE_SOLVE_ON_SPOT = "case:solve-on-spot"
    CASE_SUPERVISE = "case:supervise"
    CASE_TAKE_UP = "case:take-up"
    CELL_IMPORT = "cell:import"
    CELL_READ = "cell:read"
    EXPORT_APPROVE = "export:approve"
    FIGURES_FREEZE = "figures:freeze"
    FIGURES_READ = "figures:read"
    HEAT_READ = "heat:read"
    INTERFERENCE_NOTE = "interference:note"
    MEETING_HOLD = "meeting:hold"
    NOTICE_MANAGE = "notice:manage"
    NOTICE_PUBLISH = "notice:publish"
    NOTICE_READ = "notice:read"
    PAPER_MAKE = "paper:make"
    PARTY_EDIT = "party:edit"
    PARTY_UNMASK = "party:unmask"
    REQUEST_ANSWER = "request:answer"
    ROSTER_EDIT = "roster:edit"
    RULES_EDIT = "rules:edit"
    TASK_ANSWER = "task:answer"
    TASK_ASSIGN = "task:assign"
    TASK_CONFIRM = "task:confirm"
    TASK_RATE = "task:rate"
    TASK_READ = "task:read"
    TASK_RETURN = "task:return"
    TASK_RULE = "task:rule"
    TASK_SIGN = "task:sign"
    TASK_URGE = "task:urge"
    TEAM_ADJUST = "team:adjust"
    TEAM_DECLARE_INTEREST = "team:declare-interest"
    WALL_SHARE = "wall:share"


class Scope(StrEnum):
    """How far a permission reaches."""

    OWN = "own"
    CELL = "cell"
    DEPARTMENT = "department"
    #: Cases in which one of the actor's departments leads (主办).
    LEAD_DEPARTMENT = "lead_department"
    COMMUNITY = "community"
    STREET = "street"
    COUNTY = "county"
    #: Cases that stand with the very level the actor answers for, because the one below asked it.
    COMMUNITY_ASKED = "community_asked"
    STREET_ASKED = "street_asked"
    COUNTY_ASKED = "county_asked"
    #: Cases that were sent up to the actor's street, or on from there to the county.
    STREET_RAISED = "street_raised"
    #: The whole home, for what concerns no case (cells, rosters, accounts, the record of acts).
    HOME = "home"


_P, _S = Permission, Scope

#: Role → permission → the scopes within which it holds.
GRANTS: dict[Role, dict[Permission, tuple[Scope, ...]]] = {
    Role.GRID_WORKER: {
        _P.CASE_ESCALATE: (_S.OWN, _S.CELL),
        _P.CASE_FILE: (_S.HOME,),
        _P.CASE_FOLLOW_UP: (_S.OWN, _S.CELL),
        _P.CASE_NOTE: (_S.OWN, _S.CELL),
        _P.CASE_READ: (_S.OWN, _S.CELL),
        _P.CASE_SOLVE_ON_SPOT: (_S.OWN, _S.CELL),
        _P.CELL_READ: (_S.HOME,),
        _P.INTERFERENCE_NOTE: (_S.OWN,),
        _P.NOTICE_READ: (_S.HOME,),
        _P.PARTY_EDIT: (_S.OWN, _S.CELL),
        _P.PARTY_UNMASK: (_S.OWN, _S.CELL),
        _P.REQUEST_ANSWER: (_S.CELL,),
        _P.TASK_READ: (_S.OWN, _S.CELL),
        _P.TEAM_DECLARE_INTEREST: (_S.OWN,),
    },
    Role.CADRE: {
        _P.CALL_BACK_MAKE: (_S.COMMUNITY,),
        _P.CASE_ACCEPT: (_S.COMMUNITY,),
        _P.CASE_CLOSE: (_S.COMMUNITY,),
        _P.CASE_END: (_S.COMMUNITY,),
        _P.CASE_ESCALATE: (_S.COMMUNITY,),
        _P.CASE_EXPORT: (_S.COMMUNITY,),
        _P.CASE_FILE: (_S.HOME,),
        _P.CASE_FOLLOW_UP: (_S.COMMUNITY,),
        _P.CASE_MEDIATE: (_S.COMMUNITY,),
        _P.CASE_NOTE: (_S.COMMUNITY,),
        _P.CASE_PLACE: (_S.COMMUNITY,),
        _P.CASE_READ: (_S.OWN, _S.COMMUNITY),
        _P.CASE_REOPEN: (_S.COMMUNITY,),
        _P.CASE_SOLVE_ON_SPOT: (_S.COMMUNITY,),
        _P.CASE_TAKE_UP: (_S.COMMUNITY_ASKED,),
        _P.CELL_READ: (_S.HOME,),
        _P.FIGURES_READ: (_S.COMMUNITY,),
        _P.HEAT_READ: (_S.COMMUNITY,),
        _P.INTERFERENCE_NOTE: (_S.OWN,),
        _P.NOTICE_READ: (_S.HOME,),
        _P.PAPER_MAKE: (_S.COMMUNITY,),
        _P.PARTY_EDIT: (_S.COMMUNITY,),
        _P.PARTY_UNMASK: (_S.COMMUNITY,),
        _P.REQUEST_ANSWER: (_S.COMMUNITY,),
        _P.TASK_ASSIGN: (_S.COMMUNITY,),
        _P.TASK_CONFIRM: (_S.COMMUNITY,),
        _P.TASK_RATE: (_S.COMMUNITY,),
        _P.TASK_READ: (_S.OWN, _S.COMMUNITY),
        _P.TASK_URGE: (_S.COMMUNITY,),
        _P.TEAM_ADJUST: (_S.COMMUNITY,),
        _P.TEAM_DECLARE_INTEREST: (_S.OWN,),
    },
    Role.DEPARTMENT_STAFF: {
        _P.CASE_CLOSE_AS_DEPARTMENT: (_S.LEAD_DEPARTMENT,),
        _P.CASE_READ: (_S.DEPARTMENT,),
        _P.CELL_READ: (_S.HOME,),
        _P.INTERFERENCE_NOTE: (_S.DEPARTMENT,),
        _P.NOTICE_READ: (_S.HOME,),
        _P.TASK_ANSWER: (_S.DEPARTMENT,),
        _P.TASK_READ: (_S.DEPARTMENT,),
        _P.TASK_RETURN: (_S.DEPARTMENT,),
        _P.TASK_SIGN: (_S.DEPARTMENT,),
    },
    Role.LEADER: {
        _P.BRIEFING_ISSUE: (_S.STREET,),
        _P.CALL_BACK_DRAW: (_S.STREET,),
        _P.CALL_BACK_MAKE: (_S.STREET,),
        _P.CALL_READ: (_S.STREET,),
        _P.CASE_APPROVE: (_S.STREET,),
        _P.CASE_CALL: (_S.STREET,),
        _P.CASE_CLOSE: (_S.STREET_RAISED,),
        _P.CASE_END: (_S.STREET_RAISED,),
        _P.CASE_ESCALATE: (_S.STREET_RAISED,),
        _P.CASE_EXPORT: (_S.STREET,),
        _P.CASE_MEDIATE: (_S.STREET_RAISED,),
        _P.CASE_NOTE: (_S.STREET,),
        _P.CASE_PLACE: (_S.STREET,),
        _P.CASE_READ: (_S.STREET,),
        _P.CASE_REOPEN: (_S.STREET,),
        _P.CASE_SUPERVISE: (_S.STREET,),
        _P.CASE_TAKE_UP: (_S.STREET_ASKED,),
        _P.CELL_READ: (_S.HOME,),
        _P.EXPORT_APPROVE: (_S.STREET,),
        _P.FIGURES_FREEZE: (_S.STREET,),
        _P.FIGURES_READ: (_S.STREET,),
        _P.HEAT_READ: (_S.STREET,),
        _P.INTERFERENCE_NOTE: (_S.STREET,),
        _P.MEETING_HOLD: (_S.STREET,),
        _P.NOTICE_PUBLISH: (_S.STREET,),
        _P.NOTICE_READ: (_S.HOME,),
        _P.PAPER_MAKE: (_S.STREET_RAISED,),
        _P.TASK_ASSIGN: (_S.STREET_RAISED,),
        _P.TASK_CONFIRM: (_S.STREET_RAISED,),
        _P.TASK_RATE: (_S.STREET_RAISED,),
        _P.TASK_READ: (_S.STREET,),
        _P.TASK_RULE: (_S.STREET,),
        _P.TASK_URGE: (_S.STREET,),
        _P.TEAM_ADJUST: (_S.STREET_RAISED,),
        _P.WALL_SHARE: (_S.STREET,),
    },
    Role.COORDINATOR: {
        _P.BRIEFING_ISSUE: (_S.COUNTY,),
        _P.CALL_BACK_DRAW: (_S.COUNTY,),
        _P.CALL_READ: (_S.COUNTY,),
        _P.CASE_READ: (_S.COUNTY_ASKED,),
        _P.CASE_SUPERVISE: (_S.COUNTY_ASKED,),
        _P.CASE_TAKE_UP: (_S.COUNTY_ASKED,),
        _P.CELL_READ: (_S.HOME,),
        _P.EXPORT_APPROVE: (_S.COUNTY,),
        _P.FIGURES_READ: (_S.COUNTY,),
        _P.HEAT_READ: (_S.COUNTY,),
        _P.MEETING_HOLD: (_S.COUNTY_ASKED,),
        _P.NOTICE_READ: (_S.HOME,),
        _P.TASK_READ: (_S.COUNTY_ASKED,),
    },
    Role.ADMINISTRATOR: {
        _P.ACCOUNT_MANAGE: (_S.HOME,),
        _P.CELL_IMPORT: (_S.HOME,),
        _P.CELL_READ: (_S.HOME,),
        _P.NOTICE_MANAGE: (_S.HOME,),
        _P.NOTICE_READ: (_S.HOME,),
        _P.ROSTER_EDIT: (_S.HOME,),
        _P.RULES_EDIT: (_S.HOME,),
    },
    Role.AUDITOR: {
        _P.AUDIT_READ: (_S.HOME,),
        _P.NOTICE_READ: (_S.HOME,),
    },
}


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person and the places that person answers for today.

    Parameters
    ----------
    account_id : UUID
    name : str
    roles : frozenset of Role
    cells : frozenset of str
        Cells in which the roster of today seats the person as grid worker.
    departments, communities, streets, counties : frozenset of str
        Codes of the places the person's posts are for.
    """

    account_id: UUID
    name: str
    roles: frozenset[Role]
    cells: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    communities: frozenset[str] = frozenset()
    streets: frozenset[str] = frozenset()
    counties: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CaseSubject:
    """What of a case decides who may do something with it."""

    street_code: str
    county_code: str
    community_code: str | None = None
    cell_code: str | None = None
    filed_by: UUID | None = None
    seated: frozenset[UUID] = frozenset()
    departments: frozenset[str] = frozenset()
    lead_departments: frozenset[str] = frozenset()
    level: Level = Level.CELL


@dataclass(frozen=True, slots=True)
class Reach:
    """The cases that one actor reaches with one permission: the union of its parts. An empty reach reaches nothing."""

    own: UUID | None = None
    cells: frozenset[str] = field(default_factory=frozenset)
    departments: frozenset[str] = field(default_factory=frozenset)
    lead_departments: frozenset[str] = field(default_factory=frozenset)
    communities: frozenset[str] = field(default_factory=frozenset)
    streets: frozenset[str] = field(default_factory=frozenset)
    counties: frozenset[str] = field(default_factory=frozenset)
    #: Cases that stand at a level, in a place, as (level at which the case stands, level of the place, code of the place).
    levels: frozenset[tuple[Level, Level, str]] = field(default_factory=frozenset)

    def __bool__(self) -> bool:
        places = self.communities or self.streets or self.counties or self.levels
        return bool(self.own or self.cells or self.departments or self.lead_departments or places)

    def covers(self, case: CaseSubject) -> bool:
        """Return whether *case* lies within this reach."""
        return (
            (self.own is not None and (case.filed_by == self.own or self.own in case.seated))
            or case.cell_code in self.cells
            or not self.departments.isdisjoint(case.departments)
            or not self.lead_departments.isdisjoint(case.lead_departments)
            or case.community_code in self.communities
            or case.street_code in self.streets
            or case.county_code in self.counties
            or (case.level, Level.COMMUNITY, case.community_code) in self.levels
            or (case.level, Level.STREET, case.street_code) in self.levels
            or (case.level, Level.COUNTY, case.county_code) in self.levels
        )


def scopes_of(actor: Actor, permission: Permission) -> frozenset[Scope]:
    """Return every scope in which any of the actor's roles holds the permission."""
    return frozenset(scope for role in actor.roles for scope in GRANTS[role].get(permission, ()))


def holds(actor: Actor, permission: Permission) -> bool:
    """Return whether the actor has the permission anywhere. Routes ask this first, the case's own check follows."""
    return bool(scopes_of(actor, permission))


#: Scope → the level of the places that count, and the levels at which a case has to stand there.
_BY_LEVEL: dict[Scope, tuple[Level, tuple[Level, ...]]] = {
    Scope.COMMUNITY_ASKED: (Level.COMMUNITY, (Level.COMMUNITY,)),
    Scope.STREET_ASKED: (Level.STREET, (Level.STREET,)),
    Scope.COUNTY_ASKED: (Level.COUNTY, (Level.COUNTY,)),
    Scope.STREET_RAISED: (Level.STREET, (Level.STREET, Level.COUNTY)),
}


def _levels(actor: Actor, scopes: frozenset[Scope]) -> frozenset[tuple[Level, Level, str]]:
    places = {Level.COMMUNITY: actor.communities, Level.STREET: actor.streets, Level.COUNTY: actor.counties}
    return frozenset((stands, place, code) for scope in scopes & _BY_LEVEL.keys() for place, levels in [_BY_LEVEL[scope]]
                     for stands in levels for code in places[place])


def visible_to(actor: Actor, permission: Permission) -> Reach:
    """Return the reach of the actor's permission, from which the store makes the condition of a list."""
    scopes = scopes_of(actor, permission)
    return Reach(
        own=actor.account_id if Scope.OWN in scopes else None,
        cells=actor.cells if Scope.CELL in scopes else frozenset(),
        departments=actor.departments if Scope.DEPARTMENT in scopes else frozenset(),
        lead_departments=actor.departments if Scope.LEAD_DEPARTMENT in scopes else frozenset(),
        communities=actor.communities if Scope.COMMUNITY in scopes else frozenset(),
        streets=actor.streets if Scope.STREET in scopes else frozenset(),
        counties=actor.counties if Scope.COUNTY in scopes else frozenset(),
        levels=_levels(actor, scopes),
    )


def may(actor: Actor, permission: Permission, case: CaseSubject | None = None) -> bool:
    """Return whether the actor may do this, to *case* if one is given.

    Without a case only a permission that holds for the whole home answers yes.
    """
    if case is None:
        return Scope.HOME in scopes_of(actor, permission)
    return visible_to(actor, permission).covers(case)
