"""Datums and the metric CRS against published check values."""

import numpy as np
import pytest
from coord_convert import transform as peer
from hypothesis import given
from hypothesis import strategies as st

from gridmediate.domain.vocabulary import Datum
from gridmediate.geo import crs, datums

IN_CHINA = {"lon": st.floats(75, 134), "lat": st.floats(4, 53)}


def test_the_published_points_of_hangzhou_come_out():
    gcj = datums.wgs84_to_gcj02(120.1512, 30.2693)
    assert gcj == pytest.approx((120.15590520041638, 30.26697758230164), abs=1e-12)
    assert datums.gcj02_to_bd09(*gcj) == pytest.approx((120.16245198222, 30.27287271896), abs=1e-10)


def test_the_published_triple_of_aliyun_comes_out_within_three_metres():
    wgs, gcj, bd = (120.021519, 30.281543), (120.026268, 30.279164), (120.032768, 30.285238)
    for got, expected in (
        (datums.gcj02_to_wgs84(*gcj), wgs), (datums.bd09_to_wgs84(*bd), wgs), (datums.wgs84_to_gcj02(*wgs), gcj),
        (datums.wgs84_to_bd09(*wgs), bd),
    ):
        assert crs.EARTH.inv(*got, *expected)[2] < 3.0


@given(**IN_CHINA)
def test_we_agree_with_coord_convert(lon, lat):
    assert datums.wgs84_to_gcj02(lon, lat) == pytest.approx(peer.wgs2gcj(lon, lat), abs=1e-9)
    assert datums.gcj02_to_bd09(lon, lat) == pytest.approx(peer.gcj2bd(lon, lat), abs=1e-9)


@given(**IN_CHINA)
def test_going_there_and_back_moves_nothing_by_a_millimetre(lon, lat):
    for there, back in (
        (datums.wgs84_to_gcj02, datums.gcj02_to_wgs84), (datums.gcj02_to_bd09, datums.bd09_to_gcj02),
        (datums.wgs84_to_bd09, datums.bd09_to_wgs84),
    ):
        assert crs.EARTH.inv(lon, lat, *back(*there(lon, lat)))[2] < 0.001


def test_an_array_gets_the_answers_of_its_points_and_keeps_what_is_absent():
    lon, lat = np.array([120.1512, np.nan, -118.2]), np.array([30.2693, 30.0, 34.0])
    out = np.column_stack(datums.wgs84_to_gcj02(lon, lat))
    assert tuple(out[0]) == datums.wgs84_to_gcj02(120.1512, 30.2693)
    assert np.isnan(out[1, 0])
    assert tuple(out[2]) == (-118.2, 34.0), "outside China nothing is shifted"


def test_the_datum_of_entry_decides_how_a_point_is_brought_in():
    gcj = datums.wgs84_to_gcj02(120.1512, 30.2693)
    assert crs.to_wgs84(*gcj, Datum.GCJ02) == pytest.approx((120.1512, 30.2693), abs=1e-9)
    assert crs.to_wgs84(*datums.gcj02_to_bd09(*gcj), "bd09") == pytest.approx((120.1512, 30.2693), abs=1e-9)
    assert crs.to_wgs84(120.1512, 30.2693, Datum.WGS84) == (120.1512, 30.2693)
    with pytest.raises(ValueError):
        crs.to_wgs84(120.0, 30.0, "mars")


@pytest.mark.parametrize(("lon", "lat", "epsg"), [
    (120.15, 30.27, 4549), (114.3, 30.6, 4547), (117.0, 36.65, 4548), (118.74, 36.22, 4549), (75.0, 39.0, 4534),
    (135.0, 48.0, 4554),    (-118.3, 34.0, 32611), (4.9, 52.3, 32631), (151.2, -33.9, 32756), (180.0, 10.0, 32660),
])
def test_the_metric_crs_is_the_zone_of_the_place(lon, lat, epsg):
    assert crs.metric_crs(lon, lat).to_epsg() == epsg


def test_cgcs2000_degrees_are_taken_over_as_they_are():
    assert crs.is_stored(crs.read_crs("EPSG:4490"))
    assert crs.is_stored(crs.read_crs("urn:ogc:def:crs:OGC:1.3:CRS84"))
    assert not crs.is_stored(crs.read_crs("EPSG:4549"))


def test_a_degree_is_as_long_as_the_ellipsoid_says():
    east, north = crs.metres_per_degree(36.2)
    assert crs.EARTH.inv(118.0, 36.2, 118.01, 36.2)[2] == pytest.approx(east / 100, rel=1e-6)
    assert crs.EARTH.inv(118.0, 36.195, 118.0, 36.205)[2] == pytest.approx(north / 100, rel=1e-6)


@pytest.mark.parametrize("nothing", [None, "", "not a crs", "EPSG:99999999"])
def test_what_names_no_place_on_earth_is_no_crs(nothing):
    assert crs.read_crs(nothing) is None
