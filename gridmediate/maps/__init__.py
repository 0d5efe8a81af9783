"""A heat frame in, a map out: the folium shell, the geometry and counts that the browser draws, the words it says.

Pure functions from plain values: no database, no session, no Flask. Nothing here reads a case; what arrives has already been
counted and, for readers without case access, masked (:mod:`gridmediate.domain.indicators`).
"""
