"""The office in the records: its places and cells, its people and who sits where, its sign-ins, and the rules it may edit."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from gridmediate.domain.vocabulary import Level, Role, Seat
from gridmediate.store.columns import At, Code, Count, Document, Index64, Key, Moment, Name, Ref, Word


class Base(DeclarativeBase):
    """The models' base, with names for every constraint so that a refusal can be told by which one it broke."""

    metadata = MetaData(naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    })


class Home(Base):
    """The one row that says whose home this is, and which edition of cells and rules is in force."""

    __tablename__ = "home"
    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    county_code: Mapped[Code]
    name: Mapped[Name]
    is_demonstration: Mapped[bool] = mapped_column(default=False)
    grid_edition: Mapped[Count] = mapped_column(default=0)
    rules_edition: Mapped[Count] = mapped_column(default=0)
    gazetteer_edition: Mapped[Count] = mapped_column(default=0)
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)


class Area(Base):
    """A county, street or community."""

    __tablename__ = "areas"
    code: Mapped[Code] = mapped_column(primary_key=True)
    level: Mapped[Level] = mapped_column(Word(Level))
    name: Mapped[Name]
    name_en: Mapped[Name]
    parent_code: Mapped[str | None] = mapped_column(String(24), ForeignKey("areas.code"), index=True)
    #: Letters that lead a street's case numbers, e.g. LX.
    abbreviation: Mapped[str | None] = mapped_column(String(8))
    outline: Mapped[bytes | None] = mapped_column(LargeBinary)


class Cell(Base):
    """One edition of one grid cell. A case keeps the edition of the day it was filed."""

    __tablename__ = "cells"
    id: Mapped[Key]
    cell_code: Mapped[Code]
    name: Mapped[Name]
    name_en: Mapped[Name]
    kind: Mapped[str] = mapped_column(String(24), default="general")
    community_code: Mapped[Code] = mapped_column(ForeignKey("areas.code"))
    street_code: Mapped[Code] = mapped_column(ForeignKey("areas.code"), index=True)
    households: Mapped[int | None]
    area_m2: Mapped[float]
    outline: Mapped[bytes] = mapped_column(LargeBinary)
    west: Mapped[float]
    south: Mapped[float]
    east: Mapped[float]
    north: Mapped[float]
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    __table_args__ = (
        UniqueConstraint("cell_code", "valid_from"),
        CheckConstraint("valid_to is null or valid_to >= valid_from", name="term_in_order"),
        CheckConstraint("households is null or households >= 0", name="households_counted"),
    )


class Department(Base):
    """A functional department (职能部门) that answers for its part."""

    __tablename__ = "departments"
    code: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[Name]
    name_en: Mapped[Name]
    area_code: Mapped[Code] = mapped_column(ForeignKey("areas.code"))
    is_active: Mapped[bool] = mapped_column(default=True)


class Account(Base):
    """A person who signs in. One person, one account."""

    __tablename__ = "accounts"
    id: Mapped[Key]
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[Name]
    name_en: Mapped[Name]
    phone: Mapped[str | None] = mapped_column(String(24))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    is_active: Mapped[bool] = mapped_column(default=True)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[At]
    failed_tries: Mapped[Count] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Moment)
    posts: Mapped[list[Post]] = relationship(lazy="raise", back_populates="account", order_by="Post.role")


class Post(Base):
    """A role that an account holds for a place: a community, street, county or department code."""

    __tablename__ = "posts"
    id: Mapped[Key]
    account_id: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"), index=True)
    role: Mapped[Role] = mapped_column(Word(Role))
    place_code: Mapped[Code]
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    account: Mapped[Account] = relationship(lazy="raise", back_populates="posts")
    __table_args__ = (UniqueConstraint("account_id", "role", "place_code", "valid_from"),)


class RosterTerm(Base):
    """Who sits in which seat of which cell, from when to when (both days included)."""

    __tablename__ = "roster_terms"
    id: Mapped[Key]
    cell_code: Mapped[Code]
    seat: Mapped[Seat] = mapped_column(Word(Seat))
    account_id: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"), index=True)
    is_cover: Mapped[bool] = mapped_column(default=False)
    position: Mapped[Count] = mapped_column(default=1)
    note: Mapped[str | None] = mapped_column(String(200))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    account: Mapped[Account] = relationship(lazy="raise")
    __table_args__ = (
        Index("ix_roster_terms_cell_code_seat", "cell_code", "seat", "valid_from"),
        CheckConstraint("valid_to is null or valid_to >= valid_from", name="term_in_order"),
    )


class SignIn(Base):
    """A session kept on the server; the cookie holds a random value of which only the hash is stored."""

    __tablename__ = "sign_ins"
    id: Mapped[Key]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    account_id: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"), index=True)
    csrf_secret: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[At]
    last_seen_at: Mapped[At]
    expires_at: Mapped[At]
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    device: Mapped[str] = mapped_column(String(200), default="")
    account: Mapped[Account] = relationship(lazy="raise")


class TryCount(Base):
    """Wrong passwords within one window, counted per login text and per network, whether or not such an account exists.

    Counting only real accounts would tell a stranger which logins are real: the others would never lock.
    """

    __tablename__ = "try_counts"
    #: Keyed index of what is counted; neither the login nor the address is kept.
    subject: Mapped[Index64] = mapped_column(primary_key=True, autoincrement=False)
    tries: Mapped[Count] = mapped_column(default=0)
    counted_since: Mapped[At]
    locked_until: Mapped[datetime | None] = mapped_column(Moment)


class RuleRow(Base):
    """A rule an office may edit: a routing rule, a time limit, a team template. ``body`` is the rule's own JSON form."""

    __tablename__ = "rule_rows"
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    code: Mapped[str] = mapped_column(String(48), primary_key=True)
    position: Mapped[Count]
    body: Mapped[Document]


class CalendarDay(Base):
    """A day that differs from Monday-to-Friday: a holiday, or a weekend day worked in exchange."""

    __tablename__ = "calendar_days"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    is_working: Mapped[bool]
    name: Mapped[Name]


class CalendarYear(Base):
    """A year whose holidays have been entered; deadlines in any other year are marked as assumed."""

    __tablename__ = "calendar_years"
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[Name]
