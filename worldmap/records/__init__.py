"""Every record that passes between stages. Read these and `pipeline/` and you know the house.

All records are frozen; arrays in them are read-only; every scalar has its unit in its name; every
measured or guessed quantity carries its source and its sigma (one standard deviation).

They are loaded when they are asked for: a map's status needs no numpy.
"""

from typing import TYPE_CHECKING

from worldmap.lazily import from_modules

if TYPE_CHECKING:
    from worldmap.records.archive import SIDECAR_SUFFIX, ArchivePhoto
    from worldmap.records.catalog import (
        Artifact,
        DepthWait,
        IngestedPhoto,
        PhotoReview,
        Upgrade,
    )
    from worldmap.records.control import (
        ControlAccuracy,
        ControlMark,
        ControlPoint,
        ControlResult,
        ControlRole,
    )
    from worldmap.records.depth import (
        MEASURED,
        REMOVED_CODE,
        SIFT,
        STEREO,
        VLAD,
        CleanedDepth,
        DepthMap,
        DepthMapInfo,
        DepthModel,
        Removed,
    )
    from worldmap.records.leases import LEASE_RENEWED_S, Lease
    from worldmap.records.mask import PictureMask, is_same_mask
    from worldmap.records.period import Period
    from worldmap.records.photo import (
        FLIGHT_HEIGHT,
        HIGHEST_FLIGHT_M,
        NORTH_OF_FRAME,
        Focal,
        FocalSource,
        GeoPosition,
        Heading,
        HeadingSource,
        HeightDatum,
        LedgerEntry,
        PhotoMetadata,
        PixelTilt,
        PosePrior,
        PositionSource,
        Tilt,
    )
    from worldmap.records.refined import (
        DepthAnchors,
        DepthVerdict,
        RefinedArtifact,
        RefinedDepth,
    )
    from worldmap.records.registration import (
        CameraCalibration,
        CameraFindings,
        Features,
        PairRegistration,
        PairStatus,
        PlacedBy,
        PlacedPose,
        SolvedPose,
        UnplacedPose,
        View,
        circular_error_90_m,
        main_site,
        pose_covariance,
        principal_sigmas,
        tagged_pose_covariance,
    )
    from worldmap.records.status import Failure, MapStatus, PhotoStatus, Run
    from worldmap.records.survey import Survey, SurveyKind
    from worldmap.records.tiles import (
        ColourRatio,
        PhotoCloud,
        Tile,
        TileArtifact,
        TileKey,
        TilePoints,
    )
    from worldmap.records.whole import GroupWhole, wholes

__all__ = [
    "FLIGHT_HEIGHT",
    "HIGHEST_FLIGHT_M",
    "LEASE_RENEWED_S",
    "MEASURED",
    "NORTH_OF_FRAME",
    "REMOVED_CODE",
    "SIDECAR_SUFFIX",
    "SIFT",
    "STEREO",
    "VLAD",
    "ArchivePhoto",
    "Artifact",
    "CameraCalibration",
    "CameraFindings",
    "CleanedDepth",
    "ColourRatio",
    "ControlAccuracy",
    "ControlMark",
    "ControlPoint",
    "ControlResult",
    "ControlRole",
    "DepthAnchors",
    "DepthMap",
    "DepthMapInfo",
    "DepthModel",
    "DepthVerdict",
    "DepthWait",
    "Failure",
    "Features",
    "Focal",
    "FocalSource",
    "GeoPosition",
    "GroupWhole",
    "Heading",
    "HeadingSource",
    "HeightDatum",
    "IngestedPhoto",
    "Lease",
    "LedgerEntry",
    "MapStatus",
    "PairRegistration",
    "PairStatus",
    "Period",
    "PhotoCloud",
    "PhotoMetadata",
    "PhotoReview",
    "PhotoStatus",
    "PictureMask",
    "PixelTilt",
    "PlacedBy",
    "PlacedPose",
    "PosePrior",
    "PositionSource",
    "RefinedArtifact",
    "RefinedDepth",
    "Removed",
    "Run",
    "SolvedPose",
    "Survey",
    "SurveyKind",
    "Tile",
    "TileArtifact",
    "TileKey",
    "TilePoints",
    "Tilt",
    "UnplacedPose",
    "Upgrade",
    "View",
    "circular_error_90_m",
    "is_same_mask",
    "main_site",
    "pose_covariance",
    "principal_sigmas",
    "tagged_pose_covariance",
    "wholes",
]

_MODULES = (
    *("archive", "period", "status", "photo", "depth", "catalog", "control", "refined"),
    *("leases", "mask"),
    *("registration", "survey", "tiles", "whole"),
)
__getattr__ = from_modules(__name__, _MODULES, __all__)
