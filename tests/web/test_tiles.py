"""Tiles of the file in force, and what pages with a map are let to fetch."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from gridmediate.domain.vocabulary import Role
from gridmediate.web.app import create_app
from tests.maps.made_tiles import a_vector_tile, an_mbtiles, picture, tiles_over

AROUND = (117.0, 36.0, 118.0, 37.0)
PLACES = tiles_over(AROUND, 10, 12)
HOLE = PLACES[-1]


@pytest.fixture
def folder(settings) -> Path:
    path = settings.instance_folder / "basemap"
    path.mkdir()
    return path


def test_a_tile_is_kept_by_its_tag_and_what_is_not_there_is_said(folder, client_as) -> None:
    an_mbtiles(folder / "街道.mbtiles", PLACES[:-1], bounds=",".join(map(str, AROUND)))
    client = client_as(Role.GRID_WORKER)
    zoom, x, y = PLACES[0]
    answer = client.get(f"/map/tiles/{zoom}/{x}/{y}?v=1")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/png", picture())
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    again = client.get(f"/map/tiles/{zoom}/{x}/{y}?v=1", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/map/tiles/{}/{}/{}".format(*HOLE)).status_code == 204
    for outside in ((13, 0, 0), (10, 0, 0), (12, 5000, 1), (40, 1, 1)):
        answer = client.get("/map/tiles/{}/{}/{}".format(*outside), check=False)
        assert (answer.status_code, answer.data) == (404, b"")


def test_a_vector_tile_goes_out_as_it_is_stored(folder, client_as) -> None:
    an_mbtiles(folder / "a.mbtiles", PLACES[:1], lambda _: a_vector_tile(), format="pbf")
    client, address = client_as(Role.LEADER), "/map/tiles/{}/{}/{}".format(*PLACES[0])
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert (packed.data, packed.headers["Content-Encoding"]) == (a_vector_tile(), "gzip")
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    assert b"earth" in plain.data and "Content-Encoding" not in plain.headers


def test_a_broken_file_is_said_to_those_who_can_mend_it_and_maps_go_on(folder, settings, store, client_as, caplog) -> None:
    (folder / "坏.pmtiles").write_bytes(b"half a copy")
    with caplog.at_level(logging.WARNING, "gridmediate.basemap"):
        create_app(settings, store)
    assert "坏.pmtiles" in json.loads(caplog.records[0].getMessage())["zh"]
    page = client_as(Role.ADMINISTRATOR).get("/grid/basemap").text
    assert "坏.pmtiles" in page and "现在用的是文件" not in page
    leader = client_as(Role.LEADER)
    assert "data-tile-layers" not in leader.get("/map").text
    assert leader.get("/map/tiles/1/0/0", check=False).status_code == 404


def test_only_pages_with_a_map_let_the_tiles_hosts_in_and_the_key_reaches_them(app, client_as) -> None:
    address = "https://t{s}.tiles.example/{z}/{x}/{y}?tk={key}"
    app.settings = replace(app.settings, tile_addresses=(address,), tile_key="k&1", tile_subdomains="12", tile_credit="某市地图",
                           map_review_no="鲁S(2026)012号", position_datum="gcj02")
    leader = client_as(Role.LEADER)
    answer = leader.get("/map")
    policy = {part.split()[0]: part.split()[1:] for part in answer.headers["Content-Security-Policy"].split("; ")}
    assert {"https://t1.tiles.example", "https://t2.tiles.example"} <= set(policy["img-src"])
    assert policy["connect-src"] == ["'self'"]
    for words in ("tk=k%261", "某市地图", "审图号：鲁S(2026)012号", 'data-position-datum="gcj02"'):
        assert words in answer.text
    assert "tiles.example" not in leader.get("/account/sign-ins").headers["Content-Security-Policy"]
    page = client_as(Role.ADMINISTRATOR).get("/grid/basemap").text
    assert "t1.tiles.example" in page and "鲁S(2026)012号" in page


def test_the_administrator_sees_which_cells_the_file_leaves_out(folder, client_as) -> None:
    an_mbtiles(folder / "far.mbtiles", PLACES[:1], bounds="10,10,11,11")
    assert "底图没有盖住全部网格" in client_as(Role.ADMINISTRATOR).get("/grid/basemap").text
