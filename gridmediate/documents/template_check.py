"""What a template says between its braces, and whether papers have those names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jinja2 import nodes

from gridmediate.documents.papers import FieldKind, PaperField

#: What ``loop`` knows inside ``for``.
_LOOP = frozenset({"first", "index", "last", "length"})
#: What may stand in a template besides names and loops; its children decide.
_CARRIERS = (
    nodes.Template, nodes.TemplateData, nodes.Output, nodes.Const, nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand,
    nodes.And, nodes.Or, nodes.Not, nodes.Filter, nodes.Keyword, nodes.Concat,
)  # fmt: skip
#: Loops inside loops: three lists of a hundred rows are a million lines.
_DEEPEST_LOOP = 2

#: What a name stands for while a template is read: a field, a row of a list, or the loop itself.
_Scope = Mapping[str, PaperField | frozenset[str]]


class CannotBeCarriedOut(Exception):
    """Something else than fields, loops over rows and conditions; the argument is its text in short."""


def unknown_names(template: nodes.Template, table: Mapping[str, PaperField]) -> list[str]:
    """Return every name of *template* that is not in *table*, columns as ``parties.name``, in order and once.

    Parameters
    ----------
    template : jinja2.nodes.Template
        A part of a document, parsed.
    table : mapping
        Name to field.

    Raises
    ------
    CannotBeCarriedOut
        If the template calls, assigns, includes or computes: only fields, ``for`` and ``if`` have a meaning on a paper.
    """
    return list(dict.fromkeys(_walk(template, dict(table), 0)))


def _walk(node: nodes.Node, scope: _Scope, depth: int) -> Iterator[str]:
    match node:
        case nodes.For():
            yield from _loop(node, scope, depth)
        case nodes.Getattr(node=nodes.Name(name=owner), attr=column):
            yield from _column(owner, column, scope)
        case nodes.Name(name=name):
            of = scope.get(name)
            if of is None:
                yield name
            elif isinstance(of, frozenset) or of.columns:  # neither prints as text, and no list is ever empty
                raise CannotBeCarriedOut(f"{{{{ {name} }}}}")
        case nodes.Test(name="defined" | "undefined" | "none"):
            yield from _walk(node.node, scope, depth)
        case _ if isinstance(node, _CARRIERS):
            for child in node.iter_child_nodes():
                yield from _walk(child, scope, depth)
        case _:
            raise CannotBeCarriedOut(type(node).__name__.lower())


def _loop(node: nodes.For, scope: _Scope, depth: int) -> Iterator[str]:
    if depth >= _DEEPEST_LOOP or node.test is not None or node.recursive or not isinstance(node.target, nodes.Name):
        raise CannotBeCarriedOut("for")
    if not isinstance(node.iter, nodes.Name):
        raise CannotBeCarriedOut("for … in …")
    of = scope.get(node.iter.name)
    inner: dict[str, PaperField | frozenset[str]] = {**scope, "loop": _LOOP}
    if of is None:
        # Said once: its columns would be unknown for the same reason.
        yield node.iter.name
        return
    if isinstance(of, frozenset) or of.kind is not FieldKind.ROWS:
        raise CannotBeCarriedOut(f"for … in {node.iter.name}")
    # The row's columns are looked up under the list's name, which is what its author can find in the table of fields.
    inner[node.target.name] = PaperField(of.name, FieldKind.RECORD, of.what, of.columns)
    for child in (*node.body, *node.else_):
        yield from _walk(child, inner, depth + 1)


def _column(owner: str, column: str, scope: _Scope) -> Iterator[str]:
    of = scope.get(owner)
    if isinstance(of, frozenset):
        if column not in of:
            yield f"{owner}.{column}"
    elif of is None:
        yield f"{owner}.{column}"
    elif of.kind is not FieldKind.RECORD or column not in {each.name for each in of.columns}:
        yield f"{of.name}.{column}"
