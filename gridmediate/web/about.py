"""What this system does and never does, who answers for it, where to complain, and whose work it stands on."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib import metadata

from flask import render_template

from gridmediate.resources import static_folder
from gridmediate.web.context import app_in_use
from gridmediate.web.rooms import Rooms

room = Rooms("about", __name__)

_LICENCE_LETTERS = 60


@room.public("/about", methods=["GET"])
def show() -> str:
    """Show what the system is for, and where a complaint goes."""
    settings = app_in_use().settings
    return render_template(
        "public/about.html", complaint_phone=settings.complaint_phone, complaint_address=settings.complaint_address,
        libraries=libraries(), nav_active="about",
    )


@lru_cache(maxsize=1)
def libraries() -> tuple[tuple[str, str], ...]:
    """Return the libraries at work here with their licences, by name. Their versions are nobody's business but the office's."""
    vendored = json.loads((static_folder() / "vendor" / "MANIFEST.json").read_text(encoding="utf-8"))["files"]
    found = {each["package"]: each["licence"] for each in vendored}
    for required in metadata.requires("gridmediate") or ():
        name = re.split(r"[^A-Za-z0-9._-]", required, maxsplit=1)[0]
        try:
            found[name] = _licence(metadata.metadata(name))
        except metadata.PackageNotFoundError:
            continue  # asked for on other machines only
    return tuple(sorted(found.items(), key=lambda row: row[0].casefold()))


def _licence(about: metadata.PackageMetadata) -> str:
    classified = [each.rpartition("::")[2].strip() for each in about.get_all("Classifier") or () if each.startswith("License ::")]
    said = [about[field] for field in ("License-Expression", "License") if field in about]
    said.insert(1 if "License-Expression" in about else 0, ", ".join(classified))
    line = next((each.strip().splitlines()[0] for each in said if each.strip()), "—")
    return line if len(line) <= _LICENCE_LETTERS else f"{line[:_LICENCE_LETTERS]}…"
