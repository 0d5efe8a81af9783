"""Putting the application together."""

from __future__ import annotations

import os
from typing import Any

from flask import g
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from gridmediate.domain.vocabulary import label, say_moment
from gridmediate.home import open_store, secret_of, sign_in_rules
from gridmediate.resources import templates_folder
from gridmediate.settings import Settings
from gridmediate.store.engine import Store
from gridmediate.store.notices import MOST_COUNTED
from gridmediate.web import (
    about,
    account,
    admin,
    answers,
    ask,
    assets,
    audit,
    auth,
    bookmarks,
    briefings,
    calendar_links,
    call_backs,
    calls,
    case_acts,
    cell_notices,
    cell_pages,
    errors,
    exports,
    field,
    figures,
    filing,
    follow,
    gazetteer,
    heat,
    heat_downloads,
    home,
    language,
    map_ground,
    map_places,
    mediation,
    meetings,
    notices,
    offline,
    papers,
    paths,
    phone_filing,
    phone_position,
    requests,
    rights,
    safety,
    said,
    security,
    sessions,
    street,
    stuck,
    tasks,
    tiles,
    wall,
    wall_links,
    words,
    worker,
)
from gridmediate.web.rooms import Application, Rooms

#: Every blueprint. A screen becomes reachable by standing here; its routes then have named their permissions.
ROOMS: tuple[Rooms, ...] = (
    home.room,
    auth.room,
    account.room,
    language.room,
    notices.room,
    case_acts.room,
    mediation.room,
    papers.room,
    rights.room,
    sessions.room,
    calls.room,
    safety.room,
    meetings.room,
    briefings.room,
    call_backs.room,
    calendar_links.room,
    tasks.room,
    exports.room,
    heat.room,
    map_ground.room,
    map_places.room,
    bookmarks.room,
    heat_downloads.room,
    stuck.room,
    street.room,
    wall.room,
    wall_links.room,
    figures.room,
    tiles.room,
    worker.room,
    phone_position.room,
    filing.room,
    phone_filing.room,
    cell_pages.room,
    cell_notices.room,
    about.room,
    field.room,
    gazetteer.room,
    ask.room,
    follow.room,
    requests.room,
    said.room,
    offline.room,
    *admin.ROOMS,
    audit.room,
)

_FORM_BYTES = 512 * 1024
_FORM_FIELDS = 2000


def create_app(settings: Settings | None = None, store: Store | None = None) -> Application:
    """Make the web application.

    Parameters
    ----------
    settings : Settings or None
        None reads the environment.
    store : Store or None
        None opens the records that the settings name.
    """
    settings = settings or Settings.from_environment(os.environ)
    app = Application("gridmediate", template_folder=str(templates_folder()), static_folder=None)
    app.settings, app.rules = settings, sign_in_rules(settings)
    app.store = store or open_store(settings)
    app.secret_key = secret_of(settings)
    app.config.update(_config(settings))
    app.jinja_env.undefined = StrictUndefined
    words.teach(app)
    app.before_request(security.check_request)
    answers.register(app)
    errors.register(app)
    assets.register(app)
    language.speak(app)
    tiles.register(app)
    app.context_processor(lambda: _page_words(app))
    for room in ROOMS:
        app.register_blueprint(room)
    if settings.proxy_count:
        count = settings.proxy_count
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    return app


def _config(settings: Settings) -> dict[str, Any]:
    return {
        "MAX_CONTENT_LENGTH": settings.max_upload_bytes,
        "MAX_FORM_MEMORY_SIZE": _FORM_BYTES,
        "MAX_FORM_PARTS": _FORM_FIELDS,
        "TRUSTED_HOSTS": list(settings.trusted_hosts),
        "PROVIDE_AUTOMATIC_OPTIONS": False,
        # Flask's own signed cookie holds flashes and the form secret of a browser that has not signed in; never who somebody is.
        "SESSION_COOKIE_NAME": "__Host-gm_form" if settings.cookie_secure else "gm_form",
        "SESSION_COOKIE_SECURE": bool(settings.cookie_secure),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "TEMPLATES_AUTO_RELOAD": settings.demonstration,
    }


def _page_words(app: Application) -> dict[str, Any]:
    """Return what every template may name (see ``templates/base.html``)."""
    actor, signed = g.get("actor"), g.get("signed")
    tongue = language.language_in_use()
    return {
        "language": tongue,
        "large_type": g.get("large_type", False),
        "actor": _card(signed, tongue) if signed else None,
        "nav": paths.navigation(app, actor, g.get("nav_counts", {})),
        "nav_active": "",
        "unread": _unread(signed),
        "links": paths.links(app, actor),
        "csrf_token": security.csrf_token,
        "csp_nonce": g.get("csp_nonce", ""),
        "now_words": say_moment(g.now, tongue) if "now" in g else "",
        "place_words": [each.say(tongue) for each in signed.places] if signed else [],
        "request_id": g.get("request_id"),
        "field": offline.field_words(app, actor),
        "is_demonstration": app.settings.demonstration,
        "record_no": app.settings.record_no,
    }


def _unread(signed: Any) -> dict[str, Any]:
    """Return what the bell says: as read with the sign-in, less what this very page has marked read."""
    count = max(0, signed.unread - g.get("notices_read", 0)) if signed else 0
    return {"count": count, "words": f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count)}


def _card(signed: Any, tongue: str) -> dict[str, Any]:
    roles = sorted(signed.actor.roles)
    name = signed.account.name_en if tongue == "en" and signed.account.name_en else signed.account.name
    return {
        "name": name,
        "role_label": (", " if tongue == "en" else "、").join(label(role).say(tongue) for role in roles),
        "place_label": (", " if tongue == "en" else "、").join(each.say(tongue) for each in signed.places),
        "account_id": signed.account.id,
    }


