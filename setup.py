"""Names the packages; everything else about the distribution is in setup.cfg, which cannot mix found and placed packages."""

from setuptools import find_namespace_packages, setup

PLACED = ["gridmediate.static", "gridmediate.templates", "gridmediate.grids"]  # from the root folders, see package_dir

setup(packages=[*find_namespace_packages(include=["gridmediate", "gridmediate.*"]), *PLACED])
