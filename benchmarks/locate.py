"""Points to cells: ours beside a plain STRtree and geopandas.sjoin, in one run, taking turns.

    python -m benchmarks.locate [--points 1000000] [--cells 10000] [--rounds 5] [--la FOLDER]

Every answer is the smallest code among the cells that cover the point; the answers are compared before anything is timed.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import shapely

from gridmediate.geo.cells import read_cells
from gridmediate.geo.locate import CellIndex

LA = Path(__file__).resolve().parents[2] / "shared" / "data" / "la"
WEST, SOUTH = 118.0, 36.0
Extent = tuple[float, float, float, float]
Points = tuple[np.ndarray, np.ndarray]
Answer = Callable[[np.ndarray, np.ndarray], np.ndarray]


def main() -> None:
    """Run what was asked for and print the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--points", type=int, default=1_000_000)
    asked.add_argument("--cells", type=int, default=10_000)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--la", type=Path, default=LA)
    options = asked.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}, "
          f"shapely {shapely.__version__} (GEOS {shapely.geos_version_string}), geopandas {geopandas.__version__}")
    random = np.random.default_rng(20261123)
    cells = synthetic_cells(random, options.cells)
    codes = [f"{number:015d}" for number in random.permutation(len(cells))]
    extent = (WEST, SOUTH, WEST + 1.0, SOUTH + 1.0)
    compare(f"{len(cells)} synthetic cells, clustered", codes, cells, clustered(random, options.points, extent), options.rounds)
    compare(f"{len(cells)} synthetic cells, uniform", codes, cells, uniform(random, options.points, extent), options.rounds)
    if options.la.exists():
        sheet = read_cells(options.la / "la_neighborhood_councils.geojson")
        points = requests(random, options.la, options.points)
        compare(f"{len(sheet)} councils of Los Angeles, requests", list(sheet.codes), sheet.geometries, points, options.rounds)
    print(f"load {os.getloadavg()[0]:.1f} at the end")


def synthetic_cells(random: np.random.Generator, count: int) -> np.ndarray:
    """Return irregular cells that tile a degree by a degree without gap or overlap."""
    seeds = random.uniform((WEST, SOUTH), (WEST + 1.0, SOUTH + 1.0), (count, 2))
    frame = shapely.box(WEST, SOUTH, WEST + 1.0, SOUTH + 1.0)
    tiles = shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=frame)
    cut: np.ndarray = shapely.intersection(shapely.get_parts(tiles), frame)
    return cut


def uniform(random: np.random.Generator, count: int, extent: Extent) -> Points:
    """Return points anywhere."""
    return random.uniform(extent[0], extent[2], count), random.uniform(extent[1], extent[3], count)


def clustered(random: np.random.Generator, count: int, extent: Extent) -> Points:
    """Return points round 200 centres, as disputes are round estates."""
    centres = np.column_stack(uniform(random, 200, extent))
    points = centres[random.integers(0, 200, count)] + random.normal(0.0, 0.005, (count, 2))
    return points[:, 0].copy(), points[:, 1].copy()


def requests(random: np.random.Generator, folder: Path, count: int) -> Points:
    """Return the city's own requests, each repeated a few metres away until there are *count*."""
    read = pd.concat([pd.read_csv(file)[["Longitude", "Latitude"]] for file in sorted(folder.glob("*.csv"))]).dropna()
    points = read.to_numpy()[random.integers(0, len(read), count)] + random.normal(0.0, 2e-4, (count, 2))
    return points[:, 0].copy(), points[:, 1].copy()


def compare(title: str, codes: list[str], cells: np.ndarray, points: Points, rounds: int) -> None:
    """Time all ways on the same points, taking turns, and print medians and ratios."""
    started = time.perf_counter()
    plain = CellIndex(codes, cells, raster=False)
    built = time.perf_counter()
    index = CellIndex(codes, cells, raster=True)
    laid = time.perf_counter()
    weight = index._raster.nbytes / 1e6 if index._raster is not None else 0.0
    print(f"\n{title}: {points[0].size:,} points")
    print(f"  built in {built - started:.2f} s, with the raster in {laid - built:.2f} s and {weight:.0f} MB")
    ways = {
        "gridmediate, raster": lambda x, y: index.locate_many(x, y).position,
        "gridmediate, no raster": lambda x, y: plain.locate_many(x, y).position,
        "shapely STRtree": by_tree(codes, cells),
        "geopandas.sjoin": by_sjoin(codes, cells),
    }
    if find_spec("duckdb"):
        print("  (duckdb is installed; its spatial extension has to be fetched from the network, so it is not asked)")
    expected = ways["shapely STRtree"](*points)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds):
        for name, way in ways.items():
            started = time.perf_counter()
            found = way(*points)
            seconds[name].append(time.perf_counter() - started)
            if turn == 0 and not (found == expected).all():
                raise SystemExit(f"{name} answers differently")
    slowest = statistics.median(seconds["geopandas.sjoin"])
    for name, taken in seconds.items():
        median = statistics.median(taken)
        print(f"  {name:24} {points[0].size / median / 1e6:8.2f} million points/s   {slowest / median:6.1f} x sjoin")
    one_by_one(index, points)


def by_tree(codes: list[str], cells: np.ndarray) -> Answer:
    """Return the plain way: a tree query with the predicate, then the smallest code of each point."""
    tree, rank, by_rank = _ranked(codes, cells)

    def answer(lons: np.ndarray, lats: np.ndarray) -> np.ndarray:
        point, cell = tree.query(shapely.points(lons, lats), predicate="intersects")
        best = np.full(lons.size, len(codes))
        np.minimum.at(best, point, rank[cell])
        return np.append(by_rank, -1)[best]

    return answer


def by_sjoin(codes: list[str], cells: np.ndarray) -> Answer:
    """Return the usual way: geopandas.sjoin, the smallest code of each point."""
    _, rank, by_rank = _ranked(codes, cells)
    frame = geopandas.GeoDataFrame({"rank": rank}, geometry=cells, crs="EPSG:4326")

    def answer(lons: np.ndarray, lats: np.ndarray) -> np.ndarray:
        points = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(lons, lats), crs="EPSG:4326")
        joined = geopandas.sjoin(points, frame, predicate="intersects")
        best = np.full(lons.size, len(codes))
        np.minimum.at(best, joined.index.to_numpy(), joined["rank"].to_numpy())
        return np.append(by_rank, -1)[best]

    return answer


def _ranked(codes: list[str], cells: np.ndarray) -> tuple[shapely.STRtree, np.ndarray, np.ndarray]:
    by_rank = np.argsort(np.array(codes, dtype=object), kind="stable")
    rank = np.empty(len(codes), dtype=np.int64)
    rank[by_rank] = np.arange(len(codes))
    return shapely.STRtree(cells), rank, by_rank


def one_by_one(index: CellIndex, points: Points) -> None:
    """Print the microseconds of one filing, without and with the phone's accuracy."""
    few = list(zip(points[0][:3000].tolist(), points[1][:3000].tolist(), strict=True))
    for words, more in (("", ()), (", with 30 m accuracy", (30.0,))):
        taken = []
        for lon, lat in few:
            started = time.perf_counter()
            index.locate(lon, lat, *more)
            taken.append(time.perf_counter() - started)
        taken.sort()
        print(f"  one point{words}: median {taken[1500] * 1e6:.0f} µs, 99th of 100 {taken[2970] * 1e6:.0f} µs, best "
              f"{taken[0] * 1e6:.0f} µs")


if __name__ == "__main__":
    main()
