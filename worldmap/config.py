"""Settings: a frozen tree with defaults; a YAML file overrides any part of it.

Each room has its own section. A setting's name is its way down the tree, `fuse.ground.cell_m`;
`NamedSettings` holds those that somebody named. `stage_hash` is the part of a cache key that
settings contribute: work is redone when, and only when, a setting that its stage reads has changed.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import textwrap
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from worldmap.errors import ConfigError, MissingPathError


class Section(BaseModel):
    """A part of the settings: immutable, unknown keys refused, defaults validated too."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
    retired: ClassVar[Mapping[str, Any]] = {}
    """Settings that there once were: read and left out. One with a value is in hashes with that
    still, so that what was made before stays; with None, what was made by it is made anew."""

    @model_validator(mode="before")
    @classmethod
    def _without_retired(cls, values: Any) -> Any:
        if isinstance(values, dict) and cls.retired.keys() & values.keys():
            return {name: each for name, each in values.items() if name not in cls.retired}
        return values

    def stage_hash(self, only: Set[str] | None = None) -> str:
        """First 16 hex digits of the SHA-256 of this section's values, or of those in `only`, in
        canonical JSON."""
        values = self.model_dump(mode="json", include=None if only is None else {*only})
        if only is None:
            values |= {name: each for name, each in self.retired.items() if each is not None}
        text = json.dumps(values, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class PluginOptions(Section):
    """Options of its own that a part which another package brings may have; see docs/plugins.md."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, bool | int | float | str] = Field(init=False)

    @property
    def given(self) -> dict[str, bool | int | float | str]:
        """The options, by name."""
        return dict(self.__pydantic_extra__ or {})


class PhotoSettings(Section):
    """Reading files: pixels and tags."""

    retired: ClassVar[Mapping[str, Any]] = {"unknown_height_sigma_m": 500.0}

    max_megapixels: float = Field(default=200.0, gt=0)
    """Larger images are refused before they are decoded (decompression bombs)."""
    gps_sigma_m: float = Field(default=8.0, gt=0)
    """East and north sigma of a phone's position that tells no accuracy: 7-13 m was measured among
    buildings and trees (Merry and Bettinger, PLOS ONE 14(7), 2019)."""
    gps_sigma_per_dop_m: float = Field(default=3.0, gt=0)
    """Sigma per unit of dilution of precision: the user's range error of a single-band receiver."""
    gps_sigma_floor_m: float = Field(default=2.0, gt=0)
    """No position without differential correction is taken to be better than this."""
    gps_sigma_limit_m: float = Field(default=5000.0, gt=0)
    """None is taken to be worse than this."""
    gps_void_sigma_m: float = Field(default=200.0, gt=0)
    """Position written while the receiver had no fix."""
    altitude_sigma_m: float = Field(default=15.0, gt=0)
    """Height of a phone's position: about twice the horizontal error, and it was rounded often."""
    compass_sigma_deg: float = Field(default=15.0, gt=0)
    """A phone's compass: mean errors of 10-30° were measured among buildings (Blum, Greencorn and
    Cooperstock, MobiQuitous 2012)."""
    unknown_reference_sigma_deg: float = Field(default=10.0, ge=0)
    """Added to a heading that does not say from which north."""
    unknown_declination_sigma_deg: float = Field(default=15.0, ge=0)
    """Added to a magnetic heading without a place to look the declination up for."""
    track_min_speed_mps: float = Field(default=1.0, ge=0)
    """Below this speed the direction of travel is noise."""
    track_sigma_deg: float = Field(default=60.0, gt=0)
    """People look where they go, mostly."""
    film_focal_sigma_rel: float = Field(default=0.04, gt=0)
    """The 35 mm focal length by diagonal or by width: 4 % apart on a 4:3 sensor."""
    plane_focal_sigma_rel: float = Field(default=0.02, gt=0)
    """Focal length over FocalPlaneResolution: the focal length in millimetres is rounded."""
    sensor_focal_sigma_rel: float = Field(default=0.02, gt=0)
    """Focal length over the sensor's width from the table."""
    camera_file_focal_sigma_rel: float = Field(default=0.005, gt=0)
    """A focal length that another program solved: its own sigma is smaller, but lenses that focus
    or are warm differ from day to day."""
    drone_sigma_m: float = Field(default=3.0, gt=0)
    """A drone's GPS, which sees the whole sky."""
    drone_altitude_sigma_m: float = Field(default=30.0, gt=0)
    """AbsoluteAltitude without RTK: GPS at take-off plus the barometer."""
    gimbal_sigma_deg: float = Field(default=8.0, gt=0)
    """Yaw of a gimbal: the aircraft's compass."""
    gimbal_tilt_sigma_deg: float = Field(default=1.0, gt=0)
    """Pitch and roll of a gimbal, by its own inertial sensors."""
    flight_yaw_sigma_deg: float = Field(default=45.0, gt=0)
    """Yaw of the aircraft, where the gimbal's is not told."""
    camera_yaw_sigma_deg: float = Field(default=10.0, gt=0)
    """Yaw in Pix4D's Camera namespace."""
    camera_tilt_sigma_deg: float = Field(default=5.0, gt=0)
    """Attitudes in Pix4D's Camera namespace, of wings and of aircraft without gimbal too."""
    contradicted_sigma_deg: float = Field(default=90.0, gt=0)
    """An attitude that the pixels or another tag contradict: kept, and easy to reject."""
    takeout_sigma_m: float = Field(default=25.0, gt=0)
    """Google's geoData: the owner or Google itself may have put it there."""
    mapillary_sigma_m: float = Field(default=3.0, gt=0)
    """Mapillary's computed positions: fitted to the GPS of whole sequences."""
    mapillary_heading_sigma_deg: float = Field(default=5.0, gt=0)
    """Mapillary's computed headings."""
    table_sigma_m: float = Field(default=3.0, gt=0)
    """A table that gives no sigmas."""
    table_height_sigma_m: float = Field(default=5.0, gt=0)
    """Heights of a table that gives no sigmas."""
    table_heading_sigma_deg: float = Field(default=10.0, gt=0)
    """Headings of a table that gives no sigmas."""
    table_tilt_sigma_deg: float = Field(default=5.0, gt=0)
    """Pitch and roll of a table that gives no sigmas."""
    user_sigma_m: float = Field(default=3.0, gt=0)
    """A place that the user gave."""
    user_heading_sigma_deg: float = Field(default=3.0, gt=0)
    """A heading that the user gave."""
    gpx_sigma_m: float = Field(default=5.0, gt=0)
    """A track's points: van Diggelen and Enge (ION GNSS 2015) have 4.9 m in the open."""
    clock_sigma_s: float = Field(default=2.0, ge=0)
    """A camera's clock against the track's, offset applied."""
    gpx_stray_mps: float = Field(default=0.3, ge=0)
    """How fast one strays from the straight way between two points of a track."""
    gpx_reach_s: float = Field(default=300.0, gt=0)
    """A photo further than this from every point of the track gets nothing from it."""
    stale_fix_s: float = Field(default=30.0, gt=0)
    """A GPS fix that is this much off the photo's time is stale."""
    walking_mps: float = Field(default=1.4, gt=0)
    """How fast one walks on from a stale fix."""
    stale_limit_m: float = Field(default=500.0, gt=0)
    """A stale position strays no further than this."""
    repeated_position_sigma_m: float = Field(default=15.0, gt=0)
    """Added to a position that the photo before had to the last digit, without times."""
    shared_position_s: float = Field(default=3600.0, gt=0)
    """Photos that share one position for longer than this did not get it from GPS."""
    shared_position_sigma_m: float = Field(default=200.0, gt=0)
    """Added to a position that photos share for too long (shared_position_s)."""
    burst_s: float = Field(default=600.0, gt=0)
    """Photos of one camera within this time are looked at for impossible jumps."""
    fastest_mps: float = Field(default=60.0, gt=0)
    """Faster than this nobody who takes photos travels."""
    near_duplicate_bits: int = Field(default=60, ge=0, le=512)
    """Perceptual hashes that differ in no more of their 512 bits are the same picture."""


class DepthCleanSettings(Section):
    """What is removed from a depth map before it gives points; each step has a switch."""

    retired: ClassVar[Mapping[str, Any]] = {"sky_min_depth_m": None}

    remove_sky: bool = True
    """Without the sky, to which networks give a depth too."""
    check_horizon: bool = True
    """A photo whose depth puts a hazy horizon near gives no points, and its scale is open."""
    remove_edges: bool = True
    """Without what lies between a surface's edge and what is behind it."""
    edge_method: Literal["ramp", "window", "angle"] = "ramp"
    """ramp: by inverse depth against the surfaces around and the map's noise; window: by the jump
    in a 3×3 window alone; angle: by the angle between surface and viewing ray."""
    edge_jump_rel: float = Field(default=0.03, gt=0)
    """Largest relative change of depth inside a 3×3 window of one surface (ramp, window)."""
    edge_bleed_px: int = Field(default=3, ge=1, le=16)
    """How many pixels of the depth map an edge is smeared over (ramp)."""
    edge_min_angle_deg: float = Field(default=5.0, gt=0, lt=90)
    """Surfaces seen at a flatter angle are taken for flying pixels (angle)."""
    remove_far: bool = True
    """Without what is too far, or too uncertain, to place."""
    max_depth_m: float = Field(default=80.0, gt=0)
    """Farther depth gives no points (remove_far)."""
    max_sigma_m: float = Field(default=5.0, gt=0)
    """Depth less certain than this gives no points (remove_far)."""
    remove_islands: bool = True
    """Without small patches of depth that hang in the air."""
    min_island_share: float = Field(default=1e-4, ge=0, lt=1)
    """Smallest connected patch that stays, as a share of the depth map's pixels."""


class DepthSettings(Section):
    """Metric depth and its cleaning."""

    source: str = "auto"
    """Where depth comes from, as `--depth` has it: `worldmap plugins` lists what there is. `auto`
    is measured depth where a photo has it, else the network's."""
    network: str = "auto"
    """The network that `auto` runs; `auto` here too is the first whose weights are on this machine,
    in the order of `worldmap models list`."""
    options: PluginOptions = PluginOptions()
    """What plug-ins ask for, by their names: `worldmap plugins` lists them."""

    sidecar_suffix: str = ".depth"
    """`measured` reads `<stem><suffix>.png|.npy|.tif`; `.dense` or `.dense.png` picks others."""
    max_megapixels: float = Field(default=18.0, gt=0)
    """Larger measured depth maps are refused before they are decoded: each megapixel takes 110 MB,
    so that the largest takes 2 GB, as much as each worker is given. The pixels of the photo count
    as a sixteenth. Allow more, and run fewer jobs, where depth is finer."""
    embedded: bool = True
    """`measured` also reads depth that the photo's own file carries (Apple, GDepth, Dynamic
    Depth)."""
    measured_sigma_rel: float = Field(default=0.003, gt=0)
    """Relative depth errors that are smooth over the picture; the noise of single pixels is
    measured in the depth map itself and added."""
    measured_scale_sigma_rel: float = Field(default=0.10, gt=0)
    """How far a photo's measured depth may be off as a whole (one standard deviation)."""

    focal_px: float | None = Field(default=None, gt=0)
    """Overrides every other focal length; pixels of the upright full-size photo."""
    assumed_focal_35mm: float = Field(default=28.0, gt=0)
    """Focal length (35 mm film, by the diagonal) where nothing tells one: a phone's main camera."""
    assumed_focal_sigma_rel: float = Field(default=0.25, gt=0)
    """Of the assumed focal length: phones have wide, main and tele lenses."""
    predicted_focal_sigma_rel: float = Field(default=0.20, gt=0)
    """Of the focal length that a network reads from the picture."""
    max_focal_disagreement: float = Field(default=0.20, gt=0)
    """A photo whose tagged and predicted focal lengths differ by more than this is flagged."""

    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Where networks run; auto: a GPU where there is one."""
    dtype: Literal["auto", "fp32", "fp16", "bf16"] = "auto"
    """Of the networks' bodies (auto: fp16 on cuda, else fp32); their heads stay in fp32."""
    batch_size: int | None = Field(default=None, ge=1)
    """Photos that go through a network together; None: 4 on cuda, else 1. Halved when memory runs
    out."""
    compile: bool = False
    """Run networks through torch.compile: slow to start, faster after."""
    models_dir: Path | None = None
    """Where fetched and imported weights are kept; None: WORLDMAP_MODELS, else the user's cache."""
    depth_pro_weights: str = "depth-pro"
    """A model of `worldmap models list`, a folder, or a hub id that is in the local cache."""
    depth_pro_sigma_rel: float = Field(default=0.06, gt=0)
    """Relative errors of single pixels of Depth Pro."""
    depth_pro_scale_sigma_rel: float = Field(default=0.15, gt=0)
    """How far a photo's depth by Depth Pro may be off as a whole."""
    depth_pro_apple_checkpoint: Path = Path("checkpoints/depth_pro.pt")
    """Weights of Apple's own package, for `depth-pro-apple`."""
    moge_weights: str = "moge"
    """As depth_pro_weights; `moge-small` is a tenth of the size."""
    moge_tokens: int | None = Field(default=None, ge=4)
    """Into how many patches a picture is cut, about; None: the most that it was trained for, 3600;
    1200 takes a third of the time."""
    moge_sigma_rel: float = Field(default=0.06, gt=0)
    """As depth_pro_sigma_rel."""
    moge_scale_sigma_rel: float = Field(default=0.15, gt=0)
    """As depth_pro_scale_sigma_rel."""
    depth_anything_3_weights: str = "depth-anything-3"
    """As depth_pro_weights."""
    depth_anything_3_sigma_rel: float = Field(default=0.07, gt=0)
    """As depth_pro_sigma_rel."""
    depth_anything_3_scale_sigma_rel: float = Field(default=0.15, gt=0)
    """As depth_pro_scale_sigma_rel."""
    depth_anything_weights: str = "depth-anything"
    """As depth_pro_weights; `depth-anything-indoor` is the model for rooms."""
    depth_anything_rescale: bool = True
    """Scale the depth by the photo's focal length over that of the training pictures."""
    depth_anything_sigma_rel: float = Field(default=0.08, gt=0)
    """As depth_pro_sigma_rel."""
    depth_anything_scale_sigma_rel: float = Field(default=0.25, gt=0)
    """As depth_pro_scale_sigma_rel."""

    sky: str = "auto"
    """Who tells sky from the rest in photos whose depth a network gave. auto: that network itself
    where it does (depth-anything-3), else a segmentation network whose weights are here, else the
    picture's colours; picture: these; else a finder of sky that `worldmap plugins` lists."""
    moving: str = "auto"
    """Who tells people, animals and vehicles, which give no points and no features: `auto` (upernet
    where its weights are here), `none`, upernet, or what another package brings."""
    upernet_weights: str = "upernet"
    """As depth_pro_weights; of the segmentation network `upernet`."""
    da3_base_weights: str = "da3-base"
    """As depth_pro_weights; of the network of several photos that `refine.network` may name."""

    clean: DepthCleanSettings = DepthCleanSettings()


class PriorSettings(Section):
    """First guess of the pose."""

    level_sigma_deg: float = Field(default=6.0, gt=0)
    """Pitch and roll of a photo that tells neither: people hold cameras level, roughly."""
    geoid_sigma_m: float = Field(default=0.5, ge=0)
    """EGM96 itself, and the grid it is read from."""
    unknown_height_msl_m: float = 194.0
    """Height above the sea that a position without a height is given."""
    unknown_height_sigma_m: float = Field(default=500.0, gt=0)
    """Of that height: land lies anywhere up to some kilometres."""


class FeatureSettings(Section):
    """Local features of a photo, found once at ingest."""

    kind: str = "sift"
    """What finds them: `worldmap plugins` lists what there is. Photos of two kinds cannot be
    matched with each other."""
    retrieval: str = "vlad"
    """What says which photos look alike where positions do not tell: `vlad` goes by the
    features."""
    options: PluginOptions = PluginOptions()
    """What plug-ins ask for, by their names: `worldmap plugins` lists them."""
    work_width_px: int = Field(default=1200, ge=64, le=20_000)
    """The longer side of the image that features are found in; larger photos are reduced to it."""
    max_features: int = Field(default=5000, ge=100, le=1_000_000)
    """The strongest features kept, in the photo and again on its planes."""
    contrast: float = Field(default=0.02, gt=0)
    """SIFT's contrast threshold (OpenCV's default is 0.04)."""
    planes: bool = True
    """Also look at walls and ground face on, so that photos turned apart still match."""


class PairSettings(Section):
    """Candidate pairs and what makes one believable."""

    matcher: str = "auto"
    """What matches features: `worldmap plugins` lists what there is; `auto` is what their kind
    brings."""
    options: PluginOptions = PluginOptions()
    """What plug-ins ask for, by their names: `worldmap plugins` lists them."""
    ratio: float = Field(default=0.85, gt=0, le=1)
    """Lowe's ratio between the nearest and the second nearest descriptor."""
    min_inliers: int = Field(default=12, ge=6)
    """Fewer matches that fit one geometry are no evidence."""
    pixel_sigma: float = Field(default=1.5, gt=0)
    """Error of a matched feature, in pixels of an image 1000 pixels wide."""
    gate_sigmas: float = Field(default=3.5, gt=0)
    """A pair further than this from GPS, heading, level or scale priors is refused."""
    max_range_m: float = Field(default=60.0, gt=0)
    """How far a photo is taken to see when looking for candidate pairs."""
    max_neighbours: int = Field(default=30, ge=1)
    """At most this many candidates for each photo, nearest first."""
    max_in_front: float = Field(default=0.15, gt=0, le=1)
    """A pair is refused when more of one cloud stands in front of what the other saw."""
    icp: bool = True
    """Refine pairs with few matches by ICP, kept only where it earns its place."""
    icp_below_inliers: int = Field(default=60, ge=0)
    """Pairs with fewer matches are tried by ICP (icp)."""


class SolverSettings(Section):
    """The graph over an area."""

    pair_outlier_sigmas: float = Field(default=8.0, gt=0)
    """A pair that the solution is further from (per degree of freedom) is refused."""
    bundle: bool = True
    """Refine the graph's solution by bundle adjustment with depth."""
    calibrate: bool = True
    """Find each camera's principal point and lens, and each photo's focal length, as far as the
    photos tell; without it only one focal length per camera."""
    block_photos: int = Field(default=150, ge=2)
    """Bundle adjustment goes by blocks of at most so many photos."""
    cell_photos: int = Field(default=1500, ge=2)
    """More photos that were not solved before are solved in cells, each with a border, joined by
    the photos that they share."""
    photos_per_cell: int = Field(default=300, ge=2)
    """A cell has at most so many photos, its border not counted (and no more than cell_photos): two
    blocks do not bend, and what is bent within a cell is bent in the map."""
    tracks_per_photo: int = Field(default=1000, ge=20)
    """Points of each photo that take part in the bundle adjustment."""
    guided: bool = True
    """Look again for matches where the first bundle adjustment says they are, lay them onto each
    other by the photos' own pixels, and adjust anew."""
    shared_offset_share: float = Field(default=0.10, gt=0)
    """How far the positions of one device and day may all be off together (one standard deviation),
    as a share of what each may be off."""
    max_rotation_sigma_deg: float = Field(default=25.0, gt=0)
    """A photo whose rotation is less certain is unplaced."""
    max_position_sigma_m: float = Field(default=60.0, gt=0)
    """A photo whose place is less certain is unplaced."""


class RegistrationSettings(Section):
    """Features, pairs, ICP and the graph."""

    features: FeatureSettings = FeatureSettings()
    pairs: PairSettings = PairSettings()
    solver: SolverSettings = SolverSettings()


class GroundSettings(Section):
    """Which points are ground."""

    cell_m: float = Field(default=0.5, gt=0)
    """Edge of the squares in which the lowest points are looked for."""
    tolerance_m: float = Field(default=0.25, gt=0)
    """Points this close to the ground's surface belong to it."""
    slope: float = Field(default=0.2, gt=0)
    """Steepest ground, rise over run."""
    largest_object_m: float = Field(default=16.0, gt=0)
    """Widest thing that stands on the ground with none of it to be seen below."""


class RefineSettings(Section):
    """Each photo's depth, held to the solution's points and to the photos beside it."""

    enabled: bool = True
    """Walls that networks bend, each photo in its own way, come out as one, at some seconds of work
    for each photo. Without it they are where each photo's own depth has them."""
    measured: bool = False
    """Also of depth that came in a file beside its photo: where that is a network's, too. A
    sensor's is as it is."""
    neighbours: int = Field(default=4, ge=0, le=12)
    """At most this many photos are compared with each, those that see most of it from another
    side; 0 holds it to the solution's points alone."""
    network: str = "none"
    """A network that is shown each photo with those beside it and where they stand (`da3-base`, or
    what another package brings), and gives it another depth: taken instead of its own where the
    solution's points plainly say that it is better."""


class StereoSettings(Section):
    """Depth from the photos themselves, for those that have none."""

    enabled: bool = True
    """Merges look for it; `merge --no-stereo`: photos wait for a network or a sensor."""
    neighbours: int = Field(default=4, ge=2, le=12)
    """At most this many photos are compared with each, those that see most of it from another
    side."""
    sigma_rel: float = Field(default=0.005, gt=0)
    """Relative depth errors that are smooth over the picture, from poses and lens; the noise of
    single pixels is told by how sharply pictures match, and added."""


class FuseSettings(Section):
    """Many clouds to one."""

    voxel_m: float = Field(default=0.05, ge=0.001, le=50)
    """Edge of the cubes in which points are fused, near the camera: from what a tile's file still
    tells apart to half a tile."""
    voxel_per_sigma: float = Field(default=0.75, ge=0)
    """A cube is at least this many sigmas of its points wide, in powers of two: they grow with the
    range. 0 keeps them all the same."""
    max_voxel_m: float = Field(default=0.8, ge=0.001, le=50)
    """However uncertain points are, cubes grow no wider."""
    registration_sigma_m: float = Field(default=0.05, ge=0)
    """How far the surfaces of two registered photos may lie apart for no fault of their depth."""
    systematic_rel: float = Field(default=0.01, ge=0)
    """The same, as a share of the range: what is left of scale and of a depth map's warp."""
    agree_sigmas: float = Field(default=2.5, gt=0)
    """Photos agree on a point within this many sigmas of both depths and the registration."""
    agree_within_rel: float = Field(default=0.15, gt=0)
    """However uncertain they are, photos agree on nothing further apart than this share of the
    range."""
    neighbours: int = Field(default=12, ge=0)
    """At most this many other photos are asked about a photo's points, those that see most."""
    free_space: bool = True
    """Remove points that other photos look straight through."""
    see_through_sigmas: float = Field(default=2.5, gt=0)
    """As see_through_rel says."""
    see_through_rel: float = Field(default=0.02, ge=0)
    """A photo looks through a point when it sees further than the point's range by so many sigmas,
    this share of the range besides."""
    see_through_photos: int = Field(default=2, ge=1)
    """So many photos must look through a point, and no fewer than agree on it, to remove it."""
    even_exposure: bool = True
    """Give each photo a gain per colour so that photos agree where they overlap."""
    ground: GroundSettings = GroundSettings()


class TileSettings(Section):
    """What is written."""

    vertical: str = Field(default="ellipsoid", pattern=r"^(ellipsoid|msl|EPSG:[0-9]{1,6})$")
    """Heights above the WGS84 ellipsoid, above the EGM96 geoid (`msl`, about mean sea level), or of
    a vertical CRS (EPSG:3855 is EGM2008): by the grid that PROJ has for it."""
    formats: tuple[Literal["las", "laz", "copc"], ...] = Field(
        default=("laz", "copc"), min_length=1
    )
    """Files of each tile: LAS opens everywhere; LAZ is the same, compressed; COPC is LAZ as an
    octree, which viewers read in parts, over the network too."""
    unconfirmed: bool = False
    """Points of doubtful photos too, which their tags alone place although others that look at the
    same place share nothing with them."""
    margin_m: float = Field(default=10.0, ge=0, le=50)
    """So far around a tile points are looked at, so that surfaces and ground do not break at its
    edges; at least two of the widest voxels in any case."""

    @field_validator("formats")
    @classmethod
    def _each_once(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(formats))


class ReportSettings(Section):
    """The page about a merge."""

    write: bool = True
    """Each merge writes it; `merge --no-report`: not this time."""
    held_out_folds: int = Field(default=1, ge=0, le=10)
    """How many times of ten the area is solved again without each tenth GPS position, to see where
    those photos come to lie; each time takes as long as the solution did. 10 leaves out all."""


class ChooseSettings(Section):
    """Which photos of the map `merge` shows; the others stay in it, unplaced."""

    since: str = Field(default="", max_length=40)
    """Those taken from then on: a date or a time, as `--since`."""
    until: str = Field(default="", max_length=40)
    """Those taken before then; a date includes that day."""
    licences: str = Field(default="", max_length=200)
    """Those under these licences: `cc0,pd,cc-by,cc-by-sa`, say."""


class IngestSettings(Section):
    """How photos are worked on; nothing of it is part of what comes out."""

    time_limit_s: float = Field(default=300.0, gt=0)
    """A photo that takes longer is a failure: its worker process is ended, the others go on."""


class FetchSettings(Section):
    """Archives of public photos; nothing of it is part of what comes out."""

    contact: str = Field(default="", max_length=200, pattern=r"^[ -~]*$")
    """Who asks, an address or page: told to every archive, and Wikimedia gives nothing without."""
    timeout_s: float = Field(default=30.0, gt=0)
    """How long an archive may be silent."""
    tries: int = Field(default=6, ge=1, le=20)
    """How often something is asked for, with ever longer pauses, before it has failed."""
    panoramax_url: str = "https://api.panoramax.xyz/api"
    """The federation's catalogue, or the API of one instance."""
    mapillary_url: str = "https://graph.mapillary.com"
    """Mapillary's API, which asks for a token of the user's own."""
    kartaview_url: str = "https://api.openstreetcam.org"
    """KartaView's API."""
    kartaview_pictures_url: str = "https://cdn.kartaview.org"
    """Where the pictures are."""
    commons_url: str = "https://commons.wikimedia.org/w/api.php"
    """Wikimedia Commons' API."""


class Settings(Section):
    """Everything that can be set."""

    fetch: FetchSettings = FetchSettings()
    ingest: IngestSettings = IngestSettings()
    photo: PhotoSettings = PhotoSettings()
    depth: DepthSettings = DepthSettings()
    prior: PriorSettings = PriorSettings()
    choose: ChooseSettings = ChooseSettings()
    registration: RegistrationSettings = RegistrationSettings()
    stereo: StereoSettings = StereoSettings()
    refine: RefineSettings = RefineSettings()
    fuse: FuseSettings = FuseSettings()
    tiles: TileSettings = TileSettings()
    report: ReportSettings = ReportSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingShown:
    """A setting for people: its name, its value, where that comes from (default, the map or
    --config), and what it means, "" where the name says it all."""

    name: str
    value: Any
    origin: str
    meaning: str


NamedSettings = Mapping[str, Any]
"""Settings that somebody named, each by its name, as plain values."""


def load_settings(path: Path | None) -> Settings:
    """The defaults, overridden by the YAML file at `path` where one is given.

    Raises ConfigError, in one line, where it cannot be read or holds an unknown or invalid setting,
    MissingPathError where it is not there.
    """
    return Settings() if path is None else settings_of(load_told(path), path)


def load_told(path: Path) -> NamedSettings:
    """What the YAML file at `path` sets. ConfigError as in `load_settings`."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise MissingPathError("does not exist", path=path) from error
    except OSError as error:
        raise ConfigError(f"cannot be read: {error}", path=path) from error
    return parse_told(content, path)


def parse_told(content: bytes, path: Path) -> NamedSettings:
    """What the YAML of the file at `path` sets. ConfigError as in `load_settings`."""
    try:
        values = yaml.safe_load(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"cannot be read: {error}", path=path) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        detail = " ".join(str(error).split())
        raise ConfigError(f"is not valid YAML: {detail}", path=path) from error
    if values is None:
        return {}
    settings = _validated(values, path)
    return dict(_named(settings.model_dump(mode="json", exclude_unset=True)))


def settings_of(told: NamedSettings, path: Path | None = None) -> Settings:
    """The defaults, overridden by what was told, in the file at `path` where one is named.
    ConfigError where a setting is unknown or invalid."""
    return _validated(tree_of(told), path)


def tree_of(told: NamedSettings) -> dict[str, Any]:
    """Settings by name as the tree that they are in YAML."""
    tree: dict[str, Any] = {}
    for name, value in told.items():
        *way, last = name.split(".")
        part = tree
        for step in way:
            part = part.setdefault(step, {})
        part[last] = value
    return tree


def all_values(settings: Settings) -> NamedSettings:
    """Every setting."""
    return dict(_named(settings.model_dump(mode="json")))


def _named(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _named(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _validated(values: Any, path: Path | None) -> Settings:
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "(top level)"
        raise ConfigError(f"has setting {where}: {first['msg']}", path=path) from error


def meanings(section: type[Section] = Settings, before: str = "") -> dict[str, str]:
    """Setting -> what it means, in one line."""
    found: dict[str, str] = {}
    told = docstrings(section)
    for name, field in section.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section) and kind.model_fields:
            found |= meanings(kind, f"{before}{name}.")
        else:
            found[before + name] = " ".join(told.get(name, "").split())
    return found


def docstrings(section: type[Section]) -> dict[str, str]:
    """Field -> the text that stands below it."""
    (class_node,) = ast.parse(textwrap.dedent(inspect.getsource(section))).body
    assert isinstance(class_node, ast.ClassDef)
    return {
        field.target.id: str(below.value.value)
        for field, below in zip(class_node.body, class_node.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
    }
