"""Where a pixel is on Earth, how wrong that may be, and what is said where nobody can tell."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.helpers.ingest_makers import Ran
from tests.helpers.street_makers import (
    CAMERA,
    EYE_M,
    HEIGHT,
    SITE,
    WALL_M,
    WIDTH,
    Street,
    name_of,
    pose_at,
)
from worldmap.cli.exits import ExitCode
from worldmap.errors import InputError, UsageError
from worldmap.geodesy import geoid_undulation_m
from worldmap.pipeline.locate import locate
from worldmap.pixel import point_covariance

AT = 4.0


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Street:
    """Two placed photos, one of which saw only its right half, and one that is not."""
    street = Street(tmp_path_factory.mktemp("locate") / "map")
    half = np.zeros((HEIGHT, WIDTH), dtype=bool)
    half[:, WIDTH // 2 :] = True
    street.add([0.0], mask=half)
    street.add([AT, 50.0])
    street.place([0.0, AT])
    return street


@pytest.mark.parametrize(("u_px", "v_px"), [(CAMERA.cx_px, 20.5), (10.0, 100.0), (383.9, 60.25)])
def test_a_pixel_of_the_wall_is_on_the_wall(street: Street, u_px: float, v_px: float) -> None:
    found = locate(street.map_dir, name_of(AT), u_px, v_px)
    east_m = AT + WALL_M * (u_px - CAMERA.cx_px) / CAMERA.fx_px
    up_m = EYE_M - WALL_M * (v_px - CAMERA.cy_px) / CAMERA.fy_px
    xyz_enu = SITE.enu_from_geodetic(found.lat_deg, found.lon_deg, found.height_m)
    assert xyz_enu == pytest.approx((east_m, WALL_M, up_m), abs=1e-5)
    assert found.range_m == pytest.approx(
        np.linalg.norm((east_m - AT, WALL_M, up_m - EYE_M)), abs=1e-5
    )
    undulation_m = geoid_undulation_m(found.lat_deg, found.lon_deg)
    assert found.height_msl_m == pytest.approx(found.height_m - undulation_m)


def test_its_sigma_is_what_random_errors_give() -> None:
    """Ten thousand poses and depths drawn, whose turn, place and scale have much in common."""
    root = np.random.default_rng(1).normal(size=(7, 7)) / np.sqrt(7.0)
    sigma = np.array((*np.deg2rad((0.1, 0.2, 0.1)), 0.5, 0.5, 0.8, 0.002))
    pose = replace(pose_at(1, 0.0), covariance=np.outer(sigma, sigma) * (root @ root.T))
    xyz_cam = np.array((3.0, -2.0, 25.0))
    sigma_rel = 0.01
    predicted = point_covariance(xyz_cam, pose, sigma_rel)
    rng = np.random.default_rng(0)
    count = 20_000
    drawn = rng.multivariate_normal(np.zeros(7), pose.covariance, count)
    scale = 1 + drawn[:, 6] + sigma_rel * rng.standard_normal(count)
    moved = Rotation.from_rotvec(drawn[:, :3]).apply(xyz_cam * scale[:, None])
    enu = moved @ pose.enu_from_cam.rotation.T
    found = np.cov((enu + drawn[:, 3:6]).T)
    assert predicted == pytest.approx(found, abs=0.05 * np.trace(found))
    assert np.sqrt(np.diag(predicted)) == pytest.approx(np.sqrt(np.diag(found)), rel=0.03)


def test_sigmas_are_told_along_east_north_and_up(street: Street) -> None:
    found = locate(street.map_dir, name_of(AT), CAMERA.cx_px, CAMERA.cy_px - 1)
    pose = pose_at(1, AT)
    east_m, north_m, up_m = found.sigma_m
    # The depth's own noise is along the view, which goes north; 0.2° of heading is 28 mm there.
    assert east_m == pytest.approx(np.hypot(0.5, WALL_M * np.deg2rad(0.2)), rel=1e-3)
    along_m = WALL_M * np.hypot(pose.scale_sigma_rel, 0.004)
    assert north_m == pytest.approx(np.hypot(0.5, along_m), rel=1e-3)
    assert up_m == pytest.approx(np.hypot(0.8, WALL_M * np.deg2rad(0.1)), rel=1e-3)
    assert np.sqrt(np.diag(found.covariance_m2)) == pytest.approx(found.sigma_m)
    assert found.horizontal_sigma_m == pytest.approx(np.hypot(east_m, north_m))


def test_what_cannot_be_told_is_said(street: Street) -> None:
    with pytest.raises(UsageError, match=r"outside .*384 × 288"):
        locate(street.map_dir, name_of(AT), 384.0, 10.0)
    with pytest.raises(UsageError, match="outside"):
        locate(street.map_dir, name_of(AT), 10.0, -0.1)
    with pytest.raises(InputError, match=r"no depth at 10, 20: its depth map is empty there"):
        locate(street.map_dir, name_of(0.0), 10.0, 20.0)
    with pytest.raises(InputError, match="not merged yet"):
        locate(street.map_dir, name_of(50.0), 10.0, 20.0)
    with pytest.raises(InputError, match="no photo"):
        locate(street.map_dir, "nowhere.jpg", 10.0, 20.0)


def test_the_command(street: Street) -> None:
    found = locate(street.map_dir, name_of(AT), 100.0, 50.0)
    told = Ran("locate", name_of(AT), 100, 50, "--map", street.map_dir)
    assert told.code == 0
    assert f"{found.lat_deg:.8f}, {found.lon_deg:.8f}" in told.out
    assert "above the ellipsoid" in told.out
    summary = Ran("locate", name_of(AT), 100, 50, "--map", street.map_dir, "--json").summary
    assert (summary["lat_deg"], summary["lon_deg"]) == (found.lat_deg, found.lon_deg)
    assert summary["sigma_m"] == list(found.sigma_m)
    assert summary["horizontal_sigma_m"] == found.horizontal_sigma_m
    json.dumps(summary, allow_nan=False)
    assert Ran("locate", "x.jpg", 1, 1, "--map", street.map_dir).code == ExitCode.INPUT


def test_commands_that_look_after_a_map(tmp_path: Path) -> None:
    street = Street(tmp_path / "map").build([0.0, 5.0, 100.0])
    fine = Ran("verify", "--map", street.map_dir, "--json")
    assert (fine.code, fine.summary["findings"], fine.summary["orphans"]) == (0, [], 0)
    gone = Ran("remove", name_of(100.0), "--map", street.map_dir, "--json")
    assert gone.code == 0
    assert gone.summary["tiles_written"] + gone.summary["tiles_dropped"] >= 1
    listed = Ran("gc", "--dry-run", "--map", street.map_dir, "--json")
    assert (listed.code, len(listed.summary["files"]), listed.summary["removed"]) == (0, 2, False)
    assert "would remove 2 files" in Ran("gc", "--dry-run", "--map", street.map_dir).out
    assert "removed 2 files" in Ran("gc", "--map", street.map_dir).out
    next((street.map_dir / "tiles").glob("*.copc.laz")).write_bytes(b"spoilt")
    off = Ran("verify", "--map", street.map_dir)
    assert off.code == ExitCode.OFF
    assert "worldmap merge --area all" in off.out
