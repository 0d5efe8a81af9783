"""Two months of the same map side by side: what the page needs beside the map's own."""

from __future__ import annotations

from typing import Any

from flask import request

from gridmediate.maps.shell import Bounds, street_map_shell


def pair_page(bounds: Bounds, month_keys: list[str]) -> dict[str, Any]:
    """Return the second map's shell and the two months: those asked for, or the running month beside the one before.

    Parameters
    ----------
    bounds : (west, south, east, north)
        Degrees, EPSG:4326.
    month_keys : list of str
        ``YYYY-MM``, oldest first; two at least.
    """
    month, other = request.args.get("month", ""), request.args.get("compare", "")
    month = month if month in month_keys else month_keys[-1]
    before = month_keys[max(month_keys.index(month) - 1, 0)]
    return {"other_shell": street_map_shell(bounds), "month": month, "compared": other if other in month_keys else before}
