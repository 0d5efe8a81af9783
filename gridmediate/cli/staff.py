"""``gridmediate staff import`` and ``staff template``: people, posts and rosters from Excel."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path

from gridmediate.cli.command import DONE, Command, home_in_use, language_in_use, settings_in_use
from gridmediate.domain.geo_problems import FileAbsent, FolderAbsent
from gridmediate.domain.vocabulary import Label, label
from gridmediate.home import secret_of
from gridmediate.services.administration import departments
from gridmediate.services.grid import grid_of
from gridmediate.services.staff_files import read_staff
from gridmediate.services.staff_template import staff_template
from gridmediate.services.staffing import StaffReport, administrator_for, import_staff, plan_staff
from gridmediate.store.schema import prepare


def _arguments(parser: ArgumentParser) -> None:
    subjects = parser.add_subparsers(dest="what", required=True, metavar="import | template")
    taken = subjects.add_parser("import", help="take a file of staff over")
    taken.add_argument("file", type=Path, help="an .xlsx made from the template")
    taken.add_argument("--as", dest="login", metavar="LOGIN", help="the administrator who does it; the first one if left out")
    taken.add_argument("--address", metavar="URL", help="where people reach the pages, for the invitations")
    taken.add_argument("--dry-run", action="store_true", help="say what would change and stop")
    taken.add_argument("--lang", choices=("zh", "en"), help="of what is printed; by default the terminal's")
    template = subjects.add_parser("template", help="write the template with this home's codes")
    template.add_argument("out", type=Path, metavar="OUT.xlsx")


def _run(options: Namespace) -> int:
    return _template(options) if options.what == "template" else _import(options)


def _template(options: Namespace) -> int:
    now = datetime.now(UTC)
    with home_in_use() as store, store.reading() as session:
        content = staff_template(grid_of(session, now), {code: name.zh for code, name in departments(session)})
    try:
        options.out.write_bytes(content)
    except OSError as error:
        raise FolderAbsent(folder=str(options.out.parent)) from error
    print(options.out)
    return DONE


def _import(options: Namespace) -> int:
    spoken, now, settings = options.lang or language_in_use(), datetime.now(UTC), settings_in_use()
    if not options.file.is_file():
        raise FileAbsent(file=str(options.file))
    sheet = read_staff(options.file, options.file.name)
    with home_in_use(settings) as store:
        prepare(store)
        # One transaction: interrupted, it leaves everybody where they were.
        with store.writing() as session:
            actor = administrator_for(session, sheet, now, login=options.login)
            if options.dry_run:
                report = plan_staff(session, sheet, actor, now)
                session.rollback()
            else:
                report = import_staff(session, sheet, actor, now, secret=secret_of(settings))
    _print(report, spoken, options.address or f"http://{settings.host}:{settings.port}")
    return DONE


def _print(report: StaffReport, spoken: str, address: str) -> None:
    for change in report.changes:
        words = ("；" if spoken == "zh" else "; ").join(each.say(spoken) for each in change.words)
        print(f"{label(change.kind).say(spoken)}\t{change.login}\t{change.name}\t{words}")
    print(Label(f"有变动 {len(report.changes)} 人，不变 {report.unchanged} 人",
                f"{len(report.changes)} people changed, {report.unchanged} unchanged").say(spoken))
    if report.invitations:
        print(Label("邀请链接（只显示这一次，3 天内有效）：", "Invitations (shown once, good for 3 days):").say(spoken))
    for each in report.invitations:
        print(f"{each.login}\t{each.name}\t{address.rstrip('/')}/invitation/{each.token}")


COMMANDS = {"staff": Command(_run, _arguments)}
