"""How personal fields look until a purpose is stated: enough to tell two parties apart, not enough to find one."""

from __future__ import annotations

from gridmediate.domain.vocabulary import Label

MINOR = Label("未成年人（姓名遮盖）", "A minor (name withheld)")


def mask_name(name: str, *, is_minor: bool = False, is_organisation: bool = False, language: str = "zh") -> str:
    """Return a name with its middle hidden: 王*芳, 李*, 欧**明. A minor's name is hidden whole; an organisation's is shown.

    Notes
    -----
    Minors: Law on the Protection of Minors art. 103.
    """
    if is_minor:
        return MINOR.say(language)
    name = name.strip()
    if is_organisation or not name:
        return name
    words = name.split()
    if len(words) > 1:
        return " ".join([words[0], *("*" * 3 for _ in words[1:])])
    return name[0] + "*" if len(name) <= 2 else name[0] + "*" * (len(name) - 2) + name[-1]


def mask_phone(phone: str) -> str:
    """Return a phone number with its middle hidden: 138****2071; a short one is hidden whole."""
    digits = phone.strip()
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 11 else "*" * len(digits)
