"""What the catalog keeps of photos."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from worldmap.camera import Camera
from worldmap.records.photo import LedgerEntry, PhotoMetadata, PosePrior


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file of the map, written before its row: path relative to the map folder, SHA-256 hex."""

    path: Path
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthWait:
    """Why the photos around one without depth could not give it any: the reason, for people, and
    a hash of these photos, which are asked again when there are others."""

    asked_hash: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestedPhoto:
    """A photo as the catalog has it: what merge needs to know without opening the photo. depth is
    None until something gives it depth; until then it stands where its tags say, if these say it,
    and nothing of what it shows is in the map."""

    photo_id: int
    metadata: PhotoMetadata
    camera: Camera
    depth: Artifact | None
    features: Artifact
    prior: PosePrior
    settings_hash: str
    depth_wait: DepthWait | None = None

    @property
    def depth_hash(self) -> str:
        """SHA-256 of its depth map's file; '' where it has none."""
        return "" if self.depth is None else self.depth.content_hash

    @property
    def can_be_placed(self) -> bool:
        """Whether a merge has anything to place it by."""
        prior = self.prior
        return self.depth is not None or (prior.has_position and prior.heading_deg is not None)

    @property
    def waits_for(self) -> str:
        """Why it has no pose while no merge has said more."""
        if self.depth is not None:
            return "not merged yet"
        return f"no depth yet: {self.depth_wait.reason}" if self.depth_wait else "no depth yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoReview:
    """What a photo's neighbours in an area said about its tags; the ingested ones stay as they are.

    flags and ledger are only what ingest did not know yet. duplicate_of is the photo that this one
    is a copy of. prior is the first guess that merge went on with.
    """

    photo_id: int
    flags: tuple[str, ...]
    ledger: tuple[LedgerEntry, ...]
    duplicate_of: int | None
    prior: PosePrior


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """What `worldmap db upgrade` did: nothing where both revisions are the same. backup is the copy
    of the old catalog, None where none was needed or the database makes its own."""

    from_revision: str
    to_revision: str
    backup: Path | None
