"""Every page reads whole in either language: the catalogue holds what pages say, the vocabulary says everything twice."""

from __future__ import annotations

import importlib
import io
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

import gridmediate.domain
from gridmediate.domain.problems import Problem
from gridmediate.domain.vocabulary import LABELS, PHRASES, Label
from gridmediate.resources import templates_folder, translations_folder
from tests.architecture.source_tree import ROOT
from tests.rig.walk import walked

FOLDER = translations_folder() / "en" / "LC_MESSAGES"
#: A message is known by its context and its Chinese words.
Key = tuple[str | None, str]

_HAN = re.compile(r"[\u3007\u3400-\u9fff\uf900-\ufaff]")
_FULL_WIDTH = re.compile(r"[\u3000-\u3003\u3008-\u303f\uff00-\uffef]")
_PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]")
#: Names that stay Chinese on an English page.
NAMES = {"格里和", "中文"}
_TRANSLATORS = {"_", "gettext", "ngettext", "pgettext", "npgettext"}
#: Figures that the English leaves out, because what it names already says them and "1 days" would not read.
LEFT_OUT = {"clock.rolled": {"days"}}
#: What these take is compared with the office's own words; it is not shown.
_MATCHING_FILTERS = {"replace", "select", "reject", "selectattr", "rejectattr"}


@cache
def gathered() -> frozenset[Key]:
    """What `make words` gathers from templates and source, by the same mapping and the same keywords."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    keywords = DEFAULT_KEYWORDS | parse_keywords(re.findall(r"--keyword=(\S+)", makefile))
    with (ROOT / "babel.cfg").open(encoding="utf-8") as mapping:
        methods, options = parse_mapping_cfg(mapping)
    found = extract_from_dir(ROOT, methods, options, keywords, directory_filter=lambda folder: _is_ours(str(folder)))
    return frozenset((context, words if isinstance(words, str) else words[0]) for _, _, words, _, context in found)


def _is_ours(folder: str) -> bool:
    return not folder.rsplit("/", 1)[-1].startswith((".", "__"))


@cache
def catalogue() -> Catalog:
    """The catalogue as people edit it."""
    with (FOLDER / "messages.po").open("rb") as source:
        return read_po(source, locale="en")


def messages() -> list[Message]:
    """Its entries, without the header."""
    return [message for message in catalogue() if message.id]


def _key(message: Message) -> Key:
    return (message.context, message.id if isinstance(message.id, str) else message.id[0])


def _texts(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def test_there_is_wording_to_read() -> None:
    assert len(gathered()) > 500


def test_everything_the_pages_say_is_in_the_catalogue() -> None:
    missing = sorted(gathered() - {_key(message) for message in messages()}, key=str)
    assert not missing, "run `make words` and translate:\n" + "\n".join(map(str, missing))


def test_the_catalogue_holds_nothing_the_pages_no_longer_say() -> None:
    unused = sorted({_key(message) for message in messages()} - gathered(), key=str)
    assert not unused and not catalogue().obsolete, "run `make words`:\n" + "\n".join(map(str, unused))


def test_every_entry_is_translated_for_certain() -> None:
    open_ones = [_key(message) for message in messages() if message.fuzzy or not all(_texts(message))]
    assert not open_ones, "\n".join(map(str, open_ones))


def test_a_translation_keeps_the_placeholders() -> None:
    wrong = [
        f"{_key(message)} -> {text!r}"
        for message in messages()
        for text in _texts(message)
        if sorted(_PLACEHOLDER.findall(text)) != sorted(_PLACEHOLDER.findall(_key(message)[1]))
    ]
    assert not wrong, "\n".join(wrong)


def test_english_wording_is_english() -> None:
    foreign = [text for message in messages() for text in _texts(message) if _HAN.search(text) or _FULL_WIDTH.search(text)]
    assert not foreign, "\n".join(foreign)


def test_english_wording_does_not_shout() -> None:
    loud = [text for message in messages() for text in _texts(message) if "!" in text]
    assert not loud, "\n".join(loud)


def test_the_compiled_catalogue_is_the_edited_one() -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue())
    assert (FOLDER / "messages.mo").read_bytes() == compiled.getvalue(), "run `make words`"


def test_templates_say_nothing_in_chinese_alone() -> None:
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    bare = [
        f"{path.relative_to(ROOT)}:{line} {words}"
        for path in sorted(templates_folder().rglob("*.html"))
        for line, words in _bare_words(environment.parse(path.read_text(encoding="utf-8")))
    ]
    assert not bare, "wrap in _():\n" + "\n".join(bare)


def _bare_words(node: nodes.Node) -> Iterator[tuple[int, str]]:
    """Yield Chinese words and signs that no translator is asked about and that do not ask for the language."""
    match node:
        case nodes.Call(node=nodes.Name(name=name)) if name in _TRANSLATORS:
            return
        case nodes.Filter(name=name) if name in _MATCHING_FILTERS:
            if node.node is not None:
                yield from _bare_words(node.node)
            return
        case nodes.CondExpr(test=nodes.Compare(expr=nodes.Name(name="language"))) | nodes.If(
            test=nodes.Compare(expr=nodes.Name(name="language"))
        ):
            return
        case nodes.TemplateData(data=text) | nodes.Const(value=str() as text):
            for name in NAMES:
                text = text.replace(name, "")
            if _HAN.search(text) or _FULL_WIDTH.search(text):
                yield node.lineno, text.strip()[:60]
    for child in node.iter_child_nodes():
        yield from _bare_words(child)


@walked(
    ("source", "bare"),
    [
        ("<p>上报</p>", True),
        ("{{ _('上报') }}", False),
        ("{{ pgettext('act', '上报') }}", False),
        ("{{ tag('上报') }}", True),
        ("{{ tag(_('上报')) }}", False),
        ("{# 上报 #}<b lang=zh>中文</b>", False),
        ("{{ note | replace('代管：', '') }}", False),
        ("{{ names | join('、') }}", True),
        ("{{ '：' if language != 'en' else ': ' }}", False),
        ("{% trans %}上报{% endtrans %}", False),
    ],
)
def test_bare_words_are_found(source: str, bare: bool) -> None:
    assert bool(list(_bare_words(Environment(autoescape=True, extensions=["jinja2.ext.i18n"]).parse(source)))) is bare


@cache
def said_by_rules() -> tuple[tuple[str, Label], ...]:
    """Every word, stored sentence and refusal, with where it stands."""
    for module in pkgutil.iter_modules(gridmediate.domain.__path__):
        importlib.import_module(f"gridmediate.domain.{module.name}")
    words = [(f"{kind.__name__}.{value}", text) for (kind, value), text in LABELS.items()]
    return (*words, *PHRASES.items(), *((problem.__name__, problem.sentence) for problem in _kinds_of(Problem)))


def _kinds_of(problem: type[Problem]) -> Iterator[type[Problem]]:
    yield problem
    for each in problem.__subclasses__():
        yield from _kinds_of(each)


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_rules_speak_both_languages() -> None:
    mute = [f"{place}: {text}" for place, text in said_by_rules() if not text.zh.strip() or not text.en.strip()]
    assert not mute, "\n".join(mute)


def test_rules_name_the_same_things_in_both_languages() -> None:
    unlike = [
        f"{place}: {text}"
        for place, text in said_by_rules()
        if _fields(text.zh) - LEFT_OUT.get(place, set()) != _fields(text.en)
    ]
    assert not unlike, "\n".join(unlike)


def test_rules_speak_english_in_english() -> None:
    foreign = [f"{place}: {text.en}" for place, text in said_by_rules() if _HAN.search(text.en) or _FULL_WIDTH.search(text.en)]
    assert not foreign, "\n".join(foreign)
