"""Which tiles an office may name: those that lie where the cells lie."""

from __future__ import annotations

import pytest

from gridmediate.domain.tile_addresses import (
    TileAddressUnusable,
    TilesInDegrees,
    TilesShifted,
    filled_in,
    origins_of,
    read_tile_addresses,
)
from gridmediate.settings import SettingInvalid, Settings

WMTS = ("https://t{s}.tianditu.gov.cn/vec_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=vec&STYLE=default"
        "&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk={key}")


def test_layers_are_read_and_their_hosts_named_one_by_one() -> None:
    names = WMTS.replace("vec", "cva")
    assert read_tile_addresses(f"{WMTS}\n {names} ") == (WMTS, names)
    assert origins_of((WMTS, names), "01") == ("https://t0.tianditu.gov.cn", "https://t1.tianditu.gov.cn")
    assert origins_of(("https://map.example:8443/{z}/{x}/{y}.png",), "01") == ("https://map.example:8443",)
    assert filled_in(WMTS, "a&b").endswith("tk=a%26b")


@pytest.mark.parametrize("address", [
    "https://webrd0{s}.is.autonavi.com/appmaptile?x={x}&y={y}&z={z}", "https://rt{s}.map.gtimg.com/tile?z={z}&x={x}&y={y}",
    "https://mt1.google.cn/vt?x={x}&y={y}&z={z}", "https://mt1.google.com/vt?gl=CN&x={x}&y={y}&z={z}",
    "https://online1.map.bdimg.com/tile/?x={x}&y={y}&z={z}", "https://map.geoq.cn/a/{z}/{y}/{x}",
])
def test_shifted_tiles_are_refused_by_name(address: str) -> None:
    with pytest.raises(TilesShifted):
        read_tile_addresses(address)


@pytest.mark.parametrize("address", [
    "http://map.example/{z}/{x}/{y}.png", "https://map.example/{z}/{x}.png", "https://map.example/{z}/{x}/{y}/{r}",
    "https://u:p@map.example/{z}/{x}/{y}", "https://map.example;script-src/{z}/{x}/{y}", "https://map.example:0x/{z}/{x}/{y}",
    "https://*.example/{z}/{x}/{y}", "javascript:{z}{x}{y}", " ".join(["https://a.example/{z}/{x}/{y}"] * 5),
])
def test_what_is_no_https_address_of_tiles_is_refused(address: str) -> None:
    with pytest.raises(TileAddressUnusable):
        read_tile_addresses(address)


def test_a_layer_in_degrees_is_refused_and_the_setting_says_what_to_take() -> None:
    degrees = WMTS.replace("vec_w", "vec_c").replace("TILEMATRIXSET=w", "TILEMATRIXSET=c")
    with pytest.raises(TilesInDegrees):
        read_tile_addresses(degrees)
    with pytest.raises(SettingInvalid) as refusal:
        Settings.from_environment({"GRIDMEDIATE_TILE_ADDRESSES": degrees})
    assert "vec_w" in refusal.value.say("zh") and "vec_w" in refusal.value.say("en")
