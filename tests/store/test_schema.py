"""Migrations: from empty to the models, down and up again, as often as one likes, whole or not at all."""

from __future__ import annotations

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event, inspect, select, text
from sqlalchemy.engine import make_url

from gridmediate.store.encryption import Keyring
from gridmediate.store.engine import Store
from gridmediate.store.models import Base, Home, Notice
from gridmediate.store.schema import SchemaNewer, is_current, prepare
from tests.rig.migrated import real_migrations
from tests.store.rows import a_case


@pytest.fixture(autouse=True)
def _migrations():
    with real_migrations():
        yield


@pytest.fixture
def empty(store_url):
    store = Store(store_url, Keyring.fresh())
    yield store
    store.close()


def differences(store: Store) -> list[object]:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return compare_metadata(context, Base.metadata)


def test_from_empty_the_migrations_make_what_the_models_say(empty):
    assert not is_current(empty)
    assert prepare(empty) == "0020"
    assert is_current(empty)
    assert differences(empty) == []


def test_the_migrations_make_the_checks_and_names_of_the_models(store_url, tmp_path, empty):
    """Alembic compares no check constraints, so the two ways of making the tables are held side by side."""
    def constraints(store: Store) -> dict[str, set[str]]:
        look = inspect(store.engine)
        return {
            table: {str(each["name"]) for each in look.get_check_constraints(table)}
            | {str(each["name"]) for each in look.get_foreign_keys(table)}
            | {str(each["name"]) for each in look.get_unique_constraints(table)}
            | {str(each["name"]) for each in look.get_indexes(table)}
            for table in Base.metadata.tables
        }

    prepare(empty)
    migrated = constraints(empty)
    prepare(empty, to="base")
    Base.metadata.create_all(empty.engine)
    assert migrated == constraints(empty)


def test_preparing_again_changes_nothing(empty):
    prepare(empty)
    with empty.writing() as session:
        session.add(Home(county_code="990101", name="柳溪"))
    assert prepare(empty) == "0020"
    with empty.reading() as session:
        assert session.scalars(select(Home.name)).all() == ["柳溪"]


def test_down_leaves_nothing_and_up_makes_it_again(empty):
    prepare(empty)
    assert prepare(empty, to="base") == ""
    assert set(inspect(empty.engine).get_table_names()) == {"alembic_version"}
    assert not is_current(empty)
    prepare(empty)
    assert differences(empty) == []


def test_notices_of_the_edition_before_stay_in_their_inboxes_and_are_not_sent(empty):
    prepare(empty, to="0001")
    with empty.writing() as session:
        session.execute(text("insert into areas (code, level, name, name_en) values ('990101001', 'street', 'x', 'x')"))
    prepare(empty)
    with empty.writing() as session:
        case = a_case(session)
        told = {"case_id": case.id, "case_no": case.case_no, "act": "case.file", "created_at": case.filed_at}
        session.add_all([Notice(**told), Notice(**told, street_code="990101001")])
    prepare(empty, to="0001")
    prepare(empty)
    with empty.reading() as session:
        kept = session.scalars(select(Notice)).one()
    assert (kept.planned_at, kept.is_urgent) == (kept.created_at, False)


def test_a_migration_that_fails_half_way_leaves_the_home_as_it_was(empty):
    @event.listens_for(empty.engine, "before_cursor_execute")
    def cut_the_power(*given):
        if "CREATE TABLE history" in given[2]:
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        prepare(empty)
    event.remove(empty.engine, "before_cursor_execute", cut_the_power)
    assert inspect(empty.engine).get_table_names() == []
    assert prepare(empty) == "0020"


def test_a_home_of_a_newer_edition_is_refused_and_left_alone(empty):
    prepare(empty)
    with empty.engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(SchemaNewer) as refusal:
        prepare(empty)
    assert "9999" in refusal.value.say("zh")
    assert "0020" in refusal.value.say("en")


def test_two_that_start_at_once_wait_for_each_other(store_url, empty):
    outcomes: list[object] = []
    stores = [empty, Store(store_url, Keyring.fresh())]
    gate = threading.Barrier(2)

    def start(store: Store) -> None:
        gate.wait()
        try:
            outcomes.append(prepare(store))
        except Exception as error:
            outcomes.append(error)

    threads = [threading.Thread(target=start, args=(each,)) for each in stores]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    stores[1].close()
    assert outcomes == ["0020", "0020"]


def test_foreign_keys_hold_again_after_preparing(empty):
    prepare(empty)
    if not empty.is_sqlite:
        pytest.skip("the switch is SQLite's")
    for way in (empty.reading, empty.writing):
        with way() as session:
            assert session.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_each_schema_of_one_postgresql_is_its_own_home(postgres_url):
    store = Store(postgres_url, Keyring.fresh())
    with store.writing() as session:
        session.execute(text("create schema county_a"))
        session.execute(text("create schema county_b"))
    addresses = [make_url(postgres_url).update_query_dict({"options": f"-csearch_path=county_{each}"}) for each in "ab"]
    homes = [Store(each.render_as_string(hide_password=False), Keyring.fresh()) for each in addresses]
    for home in homes:
        assert prepare(home) == "0020"
        with home.writing() as session:
            session.add(Home(county_code="990101", name=str(home.url.query["options"])))
    for home in homes:
        with home.reading() as session:
            assert session.scalars(select(Home.name)).one() == home.url.query["options"]
        home.close()
    with store.reading() as session:
        schemas = session.execute(text("select table_schema from information_schema.tables where table_name = 'home'"))
        assert set(schemas.scalars()) == {"county_a", "county_b"}
    store.close()
