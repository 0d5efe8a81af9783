"""What several papers share: the block of a party, lines to sign on, a date by hand."""

from __future__ import annotations

from tools.paper_templates.sheet import Sheet, name, row, value

DATE_BY_HAND = "　　　　年　　月　　日"
PARTY_WIDTHS = (22, 26, 34, 13, 12, 13, 13, 13, 10)


def party_block(sheet: Sheet, *lists: tuple[str, str], address: str = "单位或住址") -> None:
    """Add a table of parties; what the record does not collect is left to the hand.

    Parameters
    ----------
    sheet : Sheet
    *lists : tuple of (str, str)
        A list of parties and how the paper calls one of them.
    address : str
        How the paper calls the address.
    """
    rows = []
    for parties, words in lists:
        rows += [
            f"{{%tr for p in {parties} %}}",
            row(name(words, down="restart"), name("姓名或名称"), value("{{ p.name }}"), name("性别"), value(), name("民族"), value(),
                name("年龄"), value(), with_next=True),
            row(name("", down="continue"), name("职业或职务"), value(), name("联系电话", 2), value("{{ p.phone }}", 4), with_next=True),
            row(name("", down="continue"), name(address), value("{{ p.address }}", 7)),
            "{%tr if p.agent or p.is_minor %}",
            row(name("", down="continue"), name("{% if p.is_minor %}法定代理人{% else %}代理人{% endif %}"), value("{{ p.agent }}", 7)),
            "{%tr endif %}",
            "{%tr endfor %}",
        ]
    sheet.table(PARTY_WIDTHS, *rows)


def party_list(sheet: Sheet) -> None:
    """Add a register of the parties, one line each."""
    from_list = ("{%tr for p in parties %}", "{%tr endfor %}")
    sheet.table(
        (14, 24, 36, 30, 52),
        row(name("序号"), name("身份"), name("姓名或名称"), name("联系电话"), name("单位或住址"), is_head=True, with_next=True),
        from_list[0],
        row(name("{{ p.number }}"), value("{{ p.side }}"), value("{{ p.name }}"), value("{{ p.phone }}"), value("{{ p.address }}")),
        from_list[1],
    )


def signatures_of(parties: str, words: str) -> tuple[str, ...]:
    """Return rows to sign on for each party; who is a minor has a second one for whoever acts for them."""
    return (
        f"{{%tr for p in {parties} %}}",
        f"{words}{{% if p.name %}}（{{{{ p.name }}}}）{{% endif %}}"
        "{% if p.is_organisation %}盖章{% else %}签名或按指印{% endif %}",
        "{%tr if p.is_minor or p.agent %}",
        "代理人{% if p.agent %}（{{ p.agent }}）{% endif %}签名",
        "{%tr endif %}",
        "{%tr endfor %}",
    )


def names_of(rows: str, blank: int = 0) -> str:
    """Return the names of a list, one after the other; *blank* is the length of the line where there is none."""
    each = f"{{{{ m.name|line({blank}) }}}}" if blank else "{{ m.name }}"
    return f"{{% for m in {rows} %}}{each}{{% if not loop.last %}}、{{% endif %}}{{% endfor %}}"


def first_names_of(rows: str) -> str:
    """Return up to three names of a list and, where there are more, how many."""
    return (
        f"{{% for m in {rows} %}}{{% if loop.index <= 3 %}}{{% if not loop.first %}}、{{% endif %}}{{{{ m.name }}}}{{% endif %}}"
        "{% if loop.last and loop.length > 3 %}等{{ loop.length }}人{% endif %}{% endfor %}"
    )


def day_or_hand(day: str) -> str:
    """Return a day at the end of a paper, or room to write one."""
    return f"{{% if {day} %}}{{{{ {day} }}}}{{% else %}}{DATE_BY_HAND}{{% endif %}}"


def committee_and_date(sheet: Sheet, date: str = DATE_BY_HAND) -> None:
    """Add the committee with its seal, and the date."""
    sheet.text("文书落款", "{{ committee|line(16) }}（盖章）")
    sheet.text("文书落款", date)
