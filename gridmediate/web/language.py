"""The reader's language and size of type: chosen once, remembered by the browser, switched by a form."""

from __future__ import annotations

import re
from typing import Any

from flask import flash, g, redirect, request
from flask_babel import Babel, gettext
from werkzeug.wrappers import Response

from gridmediate.domain.vocabulary import LANGUAGES
from gridmediate.resources import translations_folder
from gridmediate.web import context, paths
from gridmediate.web.rooms import Application, Rooms

room = Rooms("language", __name__)

_LANGUAGE, _TYPE_SIZE = "gm_language", "gm_type_size"
_SIZES = ("normal", "large")
_YEAR_SECONDS = 365 * 24 * 3600


def choose_language() -> None:
    """Set the language and the size of type of this request: the address (``?lang=en``), the browser's choice, the office's."""
    asked = (request.args.get("lang"), request.cookies.get(_LANGUAGE), context.app_in_use().settings.language)
    g.language = next((each for each in asked if each in LANGUAGES), "zh")
    g.large_type = request.cookies.get(_TYPE_SIZE) == "large"


def language_in_use() -> str:
    """Return the language of this request; Chinese where there is none."""
    language: str = g.get("language", "zh")
    return language


def speak(app: Application) -> None:
    """Make pages and views say their texts in the reader's language, from the catalogues in the package."""
    babel = Babel(app, default_locale="zh", default_timezone="Asia/Shanghai", locale_selector=language_in_use,
                  default_translation_directories=str(translations_folder()))
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: _catalogue(babel).ugettext(text),
        lambda one, many, n: _catalogue(babel).ungettext(one, many, n),
        newstyle=True,
        pgettext=lambda context, text: _catalogue(babel).upgettext(context, text),
    )


def _catalogue(babel: Babel) -> Any:
    # Flask-Babel finds its catalogue anew for every text; a page has some sixty.
    kept: Any = g.get("catalogue")
    if kept is None:
        kept = g.catalogue = babel.domain_instance.get_translations()
    return kept


@room.public("/preferences", methods=["POST"])
def prefer() -> Response:
    """Remember a choice and go back to the page it was made on."""
    back = paths.safe_next(request.form.get("next"))
    # An address that names a language would win over the choice just made.
    answer = redirect(re.sub(r"([?&])lang=\w*&?", r"\1", back).rstrip("?&"), 303)
    for field, cookie, values in (("language", _LANGUAGE, LANGUAGES), ("type_size", _TYPE_SIZE, _SIZES)):
        value = request.form.get(field)
        if value in values:
            answer.set_cookie(cookie, value, max_age=_YEAR_SECONDS, path="/", httponly=True, samesite="Lax",
                              secure=bool(context.app_in_use().settings.cookie_secure))
        elif value is not None:
            flash(gettext("没有这个选项，没有改。"), "warn")
    return answer
