"""Addresses of map tiles that an office may name (XYZ or WMTS): what is read, what is refused, and why.

The cells are drawn in WGS 84, which 天地图 and the maps of the survey offices (CGCS2000) meet to far below a metre. The
commercial maps are shifted by 200-600 m (GCJ-02) or twice that (BD-09), unevenly: under such tiles every cell would lie in the
next block.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, quote, urlsplit

from gridmediate.domain.problems import Problem
from gridmediate.domain.vocabulary import Label

#: Hosts, with everything below them, whose tiles are shifted, and whose they are.
SHIFTED_HOSTS: dict[str, Label] = {
    "autonavi.com": Label("高德", "AutoNavi"), "amap.com": Label("高德", "AutoNavi"),
    "gtimg.com": Label("腾讯", "Tencent"), "qq.com": Label("腾讯", "Tencent"),
    "google.cn": Label("谷歌中国", "Google China"), "gstatic.cn": Label("谷歌中国", "Google China"),
    "baidu.com": Label("百度", "Baidu"), "bdimg.com": Label("百度", "Baidu"), "bdstatic.com": Label("百度", "Baidu"),
    "geoq.cn": Label("智图", "GeoQ"),
}
_GOOGLE = "google.com"
#: Letters and figures that stand for {s}; 天地图 has eight hosts.
SUBDOMAINS = "01234567"
_KNOWN = frozenset({"z", "x", "y", "s", "key"})
_MOST_LAYERS = 4
#: A layer of 天地图 in degrees (``vec_c``); its twin in Web Mercator ends in ``_w``.
_IN_DEGREES = re.compile(r"/[a-z]{3}_c/wmts|tilematrixset=c(&|$)", re.IGNORECASE)


class TileAddressUnusable(Problem):
    """A template is no https address of tiles."""

    code = "tiles.address"
    sentence = Label(
        "一个或几个 https:// 的瓦片地址，用空格分开，写有 {{z}} {{x}} {{y}}，可有 {{s}}（子域名）和 {{key}}（密钥）",
        "one or several https:// addresses of tiles, apart by spaces, with {{z}} {{x}} {{y}}, and {{s}} (subdomain) and {{key}} "
        "where needed",
    )


class TilesShifted(Problem):
    """The tiles are in a shifted datum."""

    code = "tiles.shifted"
    sentence = Label(
        "没有偏移的图源（WGS 84 或 CGCS2000），例如天地图。{host} 是{owner}的瓦片，坐标有加密偏移，网格会偏出几百米",
        "tiles without a shift (WGS 84 or CGCS2000), such as Tianditu. Those of {host} ({owner}) are shifted: the cells would "
        "lie hundreds of metres off",
    )


class TilesInDegrees(Problem):
    """The layer is in degrees; the map is Web Mercator."""

    code = "tiles.degrees"
    sentence = Label(
        "球面墨卡托的图层：天地图请用 vec_w、cva_w（TILEMATRIXSET=w），不用经纬度的 vec_c、cva_c",
        "layers in Web Mercator: of Tianditu take vec_w and cva_w (TILEMATRIXSET=w), not vec_c and cva_c, which are in degrees",
    )


def read_tile_addresses(text: str) -> tuple[str, ...]:
    """Return the templates of *text*, lowest layer first.

    Raises
    ------
    TileAddressUnusable, TilesShifted, TilesInDegrees
    """
    templates = tuple(text.split())
    if not 1 <= len(templates) <= _MOST_LAYERS:
        raise TileAddressUnusable
    for each in templates:
        _check(each)
    return templates


def _check(template: str) -> None:
    names = re.findall(r"\{([^{}]*)\}", template)
    plain = re.sub(r"\{[a-z]+\}", "0", template)
    try:
        parts = urlsplit(plain)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise TileAddressUnusable from error
    # What stands in the address also goes into the page's policy, so nothing may be in it that could end a directive there.
    if (parts.scheme != "https" or not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", host) or parts.username is not None
            or not {"z", "x", "y"} <= set(names) <= _KNOWN or re.search(r"[\s;,'\"<>\\{}]", plain)):
        raise TileAddressUnusable
    owner = _owner_of_shifted(host, parts.query)
    if owner is not None:
        raise TilesShifted(host=host, owner=owner)
    if _IN_DEGREES.search(f"{parts.path}?{parts.query}"):
        raise TilesInDegrees


def _owner_of_shifted(host: str, query: str) -> Label | None:
    for known, owner in SHIFTED_HOSTS.items():
        if host == known or host.endswith(f".{known}"):
            return owner
    # Google's other hosts answer with the shifted map when asked for China's.
    if (host == _GOOGLE or host.endswith(f".{_GOOGLE}")) and "cn" in [each.lower() for each in parse_qs(query).get("gl", [])]:
        return SHIFTED_HOSTS["google.cn"]
    return None


def filled_in(template: str, key: str) -> str:
    """Return the template with the office's key in it, as the browser needs it."""
    return template.replace("{key}", quote(key, safe=""))


def origins_of(templates: tuple[str, ...], subdomains: str) -> tuple[str, ...]:
    """Return the origins that the tiles come from, each subdomain by name, for the page's policy."""
    found: dict[str, None] = {}
    for template in templates:
        for letter in subdomains if "{s}" in template else ("",):
            parts = urlsplit(re.sub(r"\{[a-z]+\}", "0", template.replace("{s}", letter)))
            found[f"https://{parts.netloc}"] = None
    return tuple(found)
