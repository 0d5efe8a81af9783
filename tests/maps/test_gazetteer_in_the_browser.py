"""The phone finds what the server finds, in the same order and with the same words, on hundreds of queries."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from gridmediate.domain.gazetteer import CellName, Place, make_book, search
from gridmediate.domain.gazetteer_json import book_as_json
from gridmediate.domain.vocabulary import Label
from gridmediate.resources import static_folder

pytestmark = pytest.mark.slow

ENDS = ("花园", "小区", "路", "12号院", "第一小学", "广场", "新村", "K酒店", "园")
HEADS = ("锦溪", "望月", "松鹤", "绿苑", "东方", "一里", "柳溪", "幸福", "九曲")
SPELLED = {"花": "hua", "园": "yuan", "小": "xiao", "区": "qu", "锦": "jin", "溪": "xi", "望": "wang", "月": "yue", "松": "song",
           "鹤": "he", "绿": "lv", "苑": "yuan", "东": "dong", "方": "fang", "路": "lu", "新": "xin", "村": "cun"}
ODD = ("", "-", "３号楼", "Ｊｘ", "jīnxī", "锦溪花园3-2-501", "锦溪花園 三棟", "一百零五号楼", "ß", "İstanbul", "①②", "𠮷野家",
       "'); drop", "锦溪花园" * 30, "云溪县柳溪街道锦溪社区", "锦溪社区锦溪花园3幢2单元", "3", "幢", "第3幢",
       "building 3", "Building 3, Jinxi Garden, Liuxi Street")


def a_book() -> Any:
    chance, places = random.Random(7), []
    for name in [head + end for head in HEADS for end in ENDS]:
        spelled = [SPELLED.get(letter, letter) for letter in name]
        latin = "".join(spelled), "".join(each[0] for each in spelled)
        for building in ["", "3 幢", "A座", "12 号", "5"][:chance.randrange(1, 6)]:
            number = chance.randrange(4)
            community = Label(f"社区{number % 2}", f"C{number % 2}")
            cell = CellName(f"99{number}", Label(f"第{number}网格", f"Cell {number}"), community)
            point = chance.choice([(118.7 + chance.random() / 10, 36.2), (None, None)])
            aliases = ("老" + name[:2] + "厂",) if chance.random() < 0.2 else ()
            places.append(Place(
                len(places), Label(name, f"{latin[0].title()} Garden"), aliases, building,
                None if chance.random() < 0.05 else cell, *point, (latin[0],), (latin[1],)))
    areas = [Label("云溪县", "Yunxi County"), Label("柳溪街道", "Liuxi Street"), Label("锦溪社区", "Jinxi Community")]
    return make_book(places, areas)


def queries(book: Any) -> list[str]:
    chance, words = random.Random(8), list(ODD)
    for place in chance.sample(list(book.by_id.values()), 60):
        name, at = place.name.zh, chance.randrange(len(place.name.zh) - 1)
        words += [name, place.label.zh, place.label.en, name + "三号楼", f"柳溪街道{name}9幢501室", name[:2],
                  name[at:at + 2], name + "门口小店", name[:at] + "错" + name[at + 1:],
                  name[:at] + name[at + 1] + name[at] + name[at + 2:], place.pinyin[0], place.pinyin[0][:5],
                  place.initials[0] + "3", place.initials[0][:2], place.pinyin[0][:6] + "q" + place.pinyin[0][7:]]
    return words


def test_phone_and_server_offer_the_same(chromium: Any) -> None:
    book, near = a_book(), (118.74, 36.2)
    context = chromium.new_context()
    page = context.new_page()
    page.set_content('<!doctype html><html lang="zh"><title>t</title></html>')
    page.add_script_tag(content=(Path(static_folder()) / "js/field/gazetteer.js").read_text(encoding="utf-8"))
    asked = queries(book)
    told = page.evaluate("""([raw, asked, near]) => {
        const book = JSON.parse(raw), search = window.gridmediate.gazetteer.search;
        return asked.map((words) => [search(book, words), search(book, words, 5, {near, language: 'en'})]);
    }""", [json.dumps(book_as_json(book)), asked, near])
    context.close()
    found = 0
    for words, both in zip(asked, told, strict=True):
        for language, matches, said in (("zh", search(book, words), both[0]), ("en", search(book, words, 5, near), both[1])):
            here = [(each.place.id, each.label.say(language), each.why.say(language), each.is_exact,
                     each.place.cell.code if each.place.cell else None, each.place.lon if each.is_whole else None)
                    for each in matches]
            there = [(each["entry"], each["name"], each["why"], each["exact"],
                      each["cell"]["code"] if each["cell"] else None, each["lon"]) for each in said]
            assert there == here, words
            found += bool(here)
    assert found > len(asked)
