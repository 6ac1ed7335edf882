"""What pyproject.toml cannot say: `migrations/` at the top is installed inside worldmap.catalog,
and an index page has README.md's words without the files beside it."""

import re
from pathlib import Path

from setuptools import find_packages, setup


def index_page(readme: str) -> str:
    """README.md for a page that has no files beside it: pictures of files are left out, and a link
    to a file becomes the file's name, to be looked up in the source."""
    picture = re.compile(r"^!\[[^\]]*\]\((?!\w+:)[^)]*\)\n(\n\*[^*]+\*\n)?\n?", re.MULTILINE)
    link = re.compile(r"\[[^\]]*\]\((?!\w+:|#)([^)]*)\)")
    return link.sub(r"`\1`", picture.sub("", readme))


if __name__ == "__main__":
    setup(
        packages=[
            *find_packages(include=["worldmap*"]),
            "worldmap.catalog.migrations",
            "worldmap.catalog.migrations.versions",
        ],
        package_dir={"worldmap.catalog.migrations": "migrations"},
        long_description=index_page(Path(__file__).with_name("README.md").read_text("utf-8")),
        long_description_content_type="text/markdown",
    )
