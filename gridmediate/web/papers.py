"""The papers of a case as Word files and print pages, its dossier, and what is noted for it: investigations, proofs seen."""

from __future__ import annotations

import uuid
from datetime import datetime
from urllib.parse import quote

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.documents.dossier import DossierPaper, dossier_zip, safe_file_name
from gridmediate.documents.papers import PaperKind
from gridmediate.documents.printing import print_html
from gridmediate.documents.rendering import render
from gridmediate.domain.dossier import Page, Proof
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import NotFound, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services import investigations, papers, party_proofs
from gridmediate.web.cases import case_page
from gridmediate.web.context import actor_in_use, app_in_use, writing
from gridmediate.web.errors import status_of
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import problem_list, say

room = Rooms("papers", __name__)

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: Page of a gap → endpoint, and the place on it; rights and proofs name a party besides.
_PAGES: dict[Page, tuple[str, str]] = {
    Page.ACTS: ("cases.show", "acts"), Page.PARTIES: ("cases.show", "parties"), Page.SESSIONS: ("sessions.note", ""),
    Page.AGREEMENT: ("cases.show", "agreement"), Page.FOLLOW_UPS: ("cases.show", "follow-ups"),
}


@room.get("/cases/<case_no>/papers", permission=Permission.PAPER_MAKE)
def desk(case_no: str) -> str:
    """Show the papers that can be made now, and what the dossier lacks."""
    with writing() as session:
        found = papers.paper_desk(session, case_no, actor_in_use(), g.now)

    def where(lack: papers.LackView) -> str:
        if lack.page is Page.RIGHTS:
            return url_for("mediation.rights", case_no=case_no, party_id=lack.party)
        endpoint, anchor = _PAGES.get(lack.page, ("", "")) if lack.page else ("", "")
        return url_for(endpoint, case_no=case_no, _anchor=anchor or None) if endpoint else ""

    may_download = any(each.kind is PaperKind.DOSSIER_INDEX for each in found.papers)
    return render_template("papers/desk.html", desk=found, where=where, may_download=may_download, nav_active="cases")


@room.get("/cases/<case_no>/papers/<kind>", permission=Permission.PAPER_MAKE)
def download(case_no: str, kind: str) -> Response:
    """Give a paper as a Word file."""
    made = _made(case_no, kind)
    return _file(_rendered(made), f"{case_no}-{made.title}.docx", _WORD)


@room.get("/cases/<case_no>/papers/<kind>/print", permission=Permission.PAPER_MAKE)
def print_page(case_no: str, kind: str) -> str:
    """Show a paper as a page to be printed."""
    made = _made(case_no, kind)
    return render_template(
        "papers/print.html", paper_title=say(made.kind), case_no=case_no, paper_html=print_html(_rendered(made)),
        word_url=url_for("papers.download", case_no=case_no, kind=kind, n=request.args.get("n")),
        back_url=url_for("papers.desk", case_no=case_no))


@room.get("/cases/<case_no>/dossier.zip", permission=Permission.PAPER_MAKE)
def dossier(case_no: str) -> Response:
    """Give the whole dossier as one archive."""
    with writing() as session:
        index, *made = papers.make_dossier(session, case_no, actor_in_use(), g.now)
    # Word is slow, and nobody waits for the records meanwhile.
    files = [DossierPaper(each.number, each.title, each.kind, _rendered(each), note=each.note) for each in made]
    return _file(dossier_zip(files, _rendered(index), g.now), f"{case_no}-{gettext('卷宗')}.zip", "application/zip")


def _made(case_no: str, kind: str) -> papers.MadePaper:
    if kind not in set(PaperKind):
        raise NotFound
    asked = request.args.get("n", "1")
    place = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else 0
    with writing() as session:
        return papers.make_paper(session, case_no, PaperKind(kind), place, actor_in_use(), g.now)


def _rendered(made: papers.MadePaper) -> bytes:
    return render(made.kind, made.fields, folder=app_in_use().settings.papers_folder)


def _file(data: bytes, name: str, content_type: str) -> Response:
    answer = Response(data, content_type=content_type)
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-.") else "_" for sign in name)
    # Old browsers read the first name, all others the second (RFC 6266).
    answer.headers["Content-Disposition"] = f"attachment; filename={plain}; filename*=UTF-8''{quote(safe_file_name(name))}"
    return answer


@room.post("/cases/<case_no>/parties/<uuid:party_id>/proofs", permission=Permission.PAPER_MAKE)
def note_proof(case_no: str, party_id: uuid.UUID) -> AnyResponse:
    """Record that a proof of a party was seen."""
    proof = request.form.get("proof", "")
    if proof not in set(Proof):
        raise NotFound
    with writing() as session:
        party_proofs.note_proof(session, case_no, party_id, Proof(proof), actor_in_use(), g.now)
    flash(gettext("已记下：%(what)s。", what=say(Proof(proof))), "ok")
    return redirect(url_for("papers.desk", case_no=case_no, _anchor="dossier"), 303)


@room.post("/cases/<case_no>/investigations", permission=Permission.CASE_MEDIATE)
def add_investigation(case_no: str) -> AnyResponse | tuple[str, int]:
    """Record an investigation."""
    form = Form(request.form)
    asked_at: datetime | None = form.moment("asked_at", Label("调查时间", "When it was asked"))
    texts = {name: form.text(name, words, limit=limit, required=required)
             for name, words, limit, required in investigations.FIELDS}
    try:
        form.done()
        found = investigations.Finding(asked_at or g.now, **texts)
        with writing() as session:
            investigations.add_investigation(session, case_no, found, actor_in_use(), g.now)
    except NotFound:
        raise
    except Problem as problem:
        return case_page(case_no, problems=problem_list(problem), typed=request.form), status_of(problem)
    flash(gettext("已记下调查。"), "ok")
    return redirect(url_for("cases.show", case_no=case_no, _anchor="investigations"), 303)
