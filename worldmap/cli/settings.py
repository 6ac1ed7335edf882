"""Settings that were given as options."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from worldmap.errors import UsageError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from worldmap.config import Settings

    M = TypeVar("M", bound=BaseModel)


def with_tiles(settings: Settings, **options: object) -> Settings:
    """The settings with those tile settings replaced that were given; UsageError for a bad one."""
    return settings.model_copy(update={"tiles": _replaced("tiles", settings.tiles, options)})


def with_depth(settings: Settings, **options: object) -> Settings:
    """The settings with those depth settings replaced that were given; UsageError for a bad one."""
    return settings.model_copy(update={"depth": _replaced("depth", settings.depth, options)})


def _replaced(name: str, part: M, options: dict[str, object]) -> M:
    from pydantic import ValidationError

    given = {option: value for option, value in options.items() if value is not None}
    if not given:
        return part
    try:
        return type(part).model_validate({**part.model_dump(), **given})
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"{name}.{first['loc'][0]}: {first['msg']}") from error


def job_count(jobs: int | None) -> int:
    """What the user asked for, or what the machine bears."""
    from worldmap.engine import default_jobs

    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs must be at least 1, got {jobs}")
    return jobs or default_jobs()
