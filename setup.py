"""What pyproject.toml cannot say: `migrations/` at the top is installed inside worldmap.catalog."""

from setuptools import find_packages, setup

setup(
    packages=[
        *find_packages(include=["worldmap*"]),
        "worldmap.catalog.migrations",
        "worldmap.catalog.migrations.versions",
    ],
    package_dir={"worldmap.catalog.migrations": "migrations"},
)
