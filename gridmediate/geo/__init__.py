"""Geometry: cells, places, distances and the coordinates they are given in.

Shapely, GeoPandas' readers, pyproj and numpy; words and problems from :mod:`gridmediate.domain`. No database, no web, no clock.
Coordinates are (lon, lat) in WGS 84 (EPSG:4326) everywhere; lengths and areas are in metres of the CRS chosen by
:mod:`gridmediate.geo.crs`, the one module that names a CRS. Nothing here repairs a shape or guesses a CRS in silence.
"""
