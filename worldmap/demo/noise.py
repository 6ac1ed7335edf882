"""How wrong the demo's measurements are."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from worldmap.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Everything that separates what the files say from the truth. Sigmas are standard deviations.

    gps_sigma_m: range from which each photo's horizontal sigma (per axis) is drawn; its height is
        `gps_vertical_factor` times as uncertain. gps_shared_offset_m: length of an error that all
        photos share, in a random horizontal direction.
    heading_sigma_deg: of the compass; heading_missing and heading_outliers: shares of the photos
        that have none, or one that is off by 40-180°. `without_heading` and `without_gps` count
        photos that lack the tag besides.
    tilt_sigma_deg: of true pitch and roll, which no tag tells.
    depth_scale_sigma: of log s, true depth = s × given depth. depth_noise_rel_at_10m: sigma / Z at
        10 m; sigma = depth_noise_rel_at_10m · Z² / 10 m. depth_noise_grain_px: its correlation.
    depth_warp_sigma: of the log of a smooth factor over the image. depth_bleed_px: width, in depth
        pixels, over which depths mix at edges. sky_depth_m: depth of the sky (None: none).
    focal_error_rel: true focal length over the tagged one is 1 ± this. focal_spread_rel: photos
        differ from that by up to this. centre_off_rel: principal point off the middle, of the
        width; radial_rel: by how much the lens bends the corners outwards. exposure: size of
        changes of gain, gamma and white balance. pixel_noise: sensor noise in grey levels.
    passers_by_per_photo: people who stand in one photo only, on average.
    """

    gps_sigma_m: tuple[float, float] = (0.0, 0.0)
    gps_vertical_factor: float = 1.5
    gps_shared_offset_m: float = 0.0
    heading_sigma_deg: float = 0.0
    heading_missing: float = 0.0
    heading_outliers: float = 0.0
    without_heading: int = 0
    without_gps: int = 0
    tilt_sigma_deg: float = 0.0
    depth_scale_sigma: float = 0.0
    depth_noise_rel_at_10m: float = 0.0
    depth_noise_grain_px: float = 1.5
    depth_warp_sigma: float = 0.0
    depth_bleed_px: int = 0
    sky_depth_m: float | None = None
    focal_error_rel: float = 0.0
    focal_spread_rel: float = 0.0
    centre_off_rel: float = 0.0
    radial_rel: float = 0.0
    exposure: float = 0.0
    pixel_noise: float = 0.0
    passers_by_per_photo: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Noise:
        """Inverse of `to_json`; InputError for values that are not a Noise."""
        try:
            known = {f.name: values[f.name] for f in fields(cls) if f.name not in _SINCE}
            known |= {name: values.get(name, 0.0) for name in _SINCE}
            low, high = known["gps_sigma_m"]
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"the truth file's noise settings are damaged: {error}") from error
        return cls(**{**known, "gps_sigma_m": (float(low), float(high))})


# Truth files of demos before these were known do not name them.
_SINCE = ("focal_spread_rel", "centre_off_rel", "radial_rel")

NONE: Final = Noise()
"""Exact tags, level photos, exact depth, no depth for the sky, nobody about."""

STANDARD: Final = Noise(
    gps_sigma_m=(3.0, 8.0),
    heading_sigma_deg=10.0,
    without_heading=1,
    without_gps=1,
    tilt_sigma_deg=3.0,
    depth_scale_sigma=0.10,
    depth_noise_rel_at_10m=0.01,
    depth_bleed_px=3,
    sky_depth_m=48.0,
    pixel_noise=1.5,
    passers_by_per_photo=0.4,
)
"""A phone with a fair sky view and a depth network on a good day."""

HARD: Final = Noise(
    gps_sigma_m=(5.0, 10.0),
    gps_shared_offset_m=2.0,
    heading_sigma_deg=15.0,
    heading_missing=0.20,
    heading_outliers=0.06,
    without_heading=1,
    without_gps=1,
    tilt_sigma_deg=3.0,
    depth_scale_sigma=0.15,
    depth_noise_rel_at_10m=0.01,
    depth_warp_sigma=0.03,
    depth_bleed_px=3,
    sky_depth_m=48.0,
    focal_error_rel=0.01,
    exposure=1.0,
    pixel_noise=2.5,
    passers_by_per_photo=1.2,
)
"""Narrow streets, a disturbed compass, a focal length off by 1 %, changing light, more people."""
