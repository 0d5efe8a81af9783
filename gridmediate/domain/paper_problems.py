"""Refusals about papers and the templates that they are printed from."""

from __future__ import annotations

from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label


class PaperTemplateRefused(Problem):
    """A template cannot be used; the kinds below say why."""

    code = "paper.template-refused"
    sentence = Label("模板“{file}”不能用。", "The template “{file}” cannot be used.")


class UnknownPaperField(PaperTemplateRefused):
    """A template names fields that no paper has, most likely misspelt."""

    code = "paper.unknown-field"
    sentence = Label(
        "模板“{file}”里有不认识的字段：{names}。请对照字段表核对拼写，改好后再放进来。",
        "The template “{file}” names fields that do not exist: {names}. Check their spelling against the table of fields, "
        "then put it in again.",
    )


class PaperTemplateNotWord(PaperTemplateRefused):
    """The file is no Word document."""

    code = "paper.not-word"
    sentence = Label(
        "“{file}”不是 Word 文档（.docx）。请用 Word 或 WPS 打开，另存为 .docx 后再放进来。",
        "“{file}” is no Word document (.docx). Open it in Word or WPS, save it as .docx, then put it in again.",
    )


class PaperTemplateHasMacros(PaperTemplateRefused):
    """The file carries programs."""

    code = "paper.macros"
    sentence = Label(
        "“{file}”里带有宏或嵌入的程序，不能用。请另存为不带宏的 .docx 后再放进来。",
        "“{file}” carries macros or embedded programs and is refused. Save it as a .docx without macros, then put it in again.",
    )


class PaperTemplateCallsOut(PaperTemplateRefused):
    """The file would fetch something from elsewhere when it is opened."""

    code = "paper.calls-out"
    sentence = Label(
        "“{file}”打开时会去取外面的内容（{target}）。请把图片等直接插入文档，去掉外部链接后再放进来。",
        "“{file}” would fetch something from elsewhere when opened ({target}). Insert pictures into the document itself and "
        "remove the outside link, then put it in again.",
    )


class PaperTemplateTooLarge(PaperTemplateRefused):
    """The file is larger than any form, or unpacks to much more than it is."""

    code = "paper.too-large"
    sentence = Label(
        "“{file}”太大：模板本身不超过 {most_mb} MB，解开后不超过 {most_unpacked_mb} MB。请压缩或去掉图片后再放进来。",
        "“{file}” is too large: a template has at most {most_mb} MB, and {most_unpacked_mb} MB unpacked. Make its pictures "
        "smaller or remove them, then put it in again.",
    )


class PaperTemplateUnreadable(PaperTemplateRefused):
    """What stands between the braces of a template cannot be carried out."""

    code = "paper.unreadable"
    sentence = Label(
        "模板“{file}”里有不能用的写法：{what}。花括号里只能写字段、逐行（for）和有无（if），且要成对。",
        "The template “{file}” has something that cannot be carried out: {what}. Between braces stand only fields, loops over "
        "rows (for) and conditions (if), each with its end.",
    )


class PaperNotReady(Problem):
    """The case has nothing yet that the paper could say."""

    code = "paper.not-ready"
    kind = Kind.CONFLICT
    sentence = Label("本案现在还没有“{paper}”可出：事情办到了，文书才有内容。请回“文书与卷宗”看现在能出哪些。",
                     "The case has nothing for “{paper}” yet. See “Papers and dossier” for what can be made now.")
