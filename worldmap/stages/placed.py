"""The placed photos of an area with what they saw, for products that look at them again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.blur import Blur
from worldmap.depth import load_depth
from worldmap.errors import PhotoError
from worldmap.fuse import CameraStation, exposure_gains, reach_m
from worldmap.geodesy import Site
from worldmap.mapfolder import MapFolder, Originals
from worldmap.photo import read_pixels
from worldmap.records import IngestedPhoto, PhotoStatus, PlacedPose, View
from worldmap.refine import load_refined
from worldmap.stages.standing import standing_refined
from worldmap.texture import PictureView

Array = NDArray[np.float64]

_PICTURE_PX: Final = 2048
"""The longer side of a picture that products look at: a pixel is 3 mm at 5 m."""
_HELD: Final = 40
"""Photos kept ready, some 25 MB each."""
_NO_GAIN: Final = (1.0, 1.0, 1.0)


class PlacedPhotos:
    """The photos of a map that tiles are made of, about one site. lost: names of those whose own
    file is gone or another, of which no picture is to be had. blur: what makes faces in pictures
    unrecognisable; only: of these photos those; picture_px: the longer side of a picture; held:
    photos kept ready."""

    def __init__(
        self,
        folder: MapFolder,
        site: Site,
        *,
        warn: Callable[[str], None],
        blur: Blur | None = None,
        only: Collection[int] | None = None,
        picture_px: int = _PICTURE_PX,
        held: int = _HELD,
    ) -> None:
        catalog, settings = folder.catalog, folder.tile_settings
        self.site = site
        self._folder, self._warn, self._blur = folder, warn, blur
        self._picture_px, self._most_held = picture_px, held
        photos = catalog.photos() if only is None else catalog.photos_by_id(only)
        self._photos = {photo.photo_id: photo for photo in photos}
        own = {
            pose.photo_id: pose
            for pose in catalog.poses(only)
            if isinstance(pose, PlacedPose)
            and self._photos[pose.photo_id].depth is not None
            and (settings.tiles.unconfirmed or pose.status == PhotoStatus.PLACED)
        }
        self._poses = {i: pose.about(site) for i, pose in own.items()}
        self._refined = standing_refined(catalog.refined(only), self._photos, own)
        ratios = [r for cloud in catalog.photo_clouds(only).values() for r in cloud.ratios]
        even = settings.fuse.even_exposure
        self._gains = exposure_gains(sorted(own), ratios) if even else {}
        self._originals = Originals()
        self._held: OrderedDict[int, PictureView | None] = OrderedDict()
        self._far: dict[int, float] = {}
        self.lost: list[str] = []
        self.photo_settings = folder.settings.photo

    def __len__(self) -> int:
        return len(self._poses)

    @property
    def captured_at(self) -> dict[int, datetime | None]:
        """When each was taken, where it tells."""
        return {i: self._photos[i].metadata.captured_at for i in sorted(self._poses)}

    def station(self, photo_id: int) -> CameraStation:
        """Where a photo was taken, and how far it sees."""
        pose = self._poses[photo_id]
        return CameraStation(
            photo_id=photo_id,
            camera=pose.solved_camera(self._photos[photo_id].camera),
            enu_from_cam=pose.enu_from_cam,
            reach_m=reach_m(self._far_m(photo_id) * pose.depth_scale),
        )

    def near(self, low_enu: Array, high_enu: Array) -> list[int]:
        """The photos, by id, that see as far as the box between two corners (3,)."""
        found = []
        for i, pose in sorted(self._poses.items()):
            centre = pose.enu_from_cam.translation_m
            away_m = float(np.linalg.norm(np.maximum(low_enu - centre, centre - high_enu).clip(0)))
            far_m = self._far_m(i) * pose.depth_scale
            # The farthest twentieth of its pixels lies beyond.
            if away_m <= 1.5 * far_m:
                found.append(i)
        return found

    def _far_m(self, photo_id: int) -> float:
        if photo_id not in self._far:
            found = self._folder.catalog.depth_map(photo_id)
            self._far[photo_id] = found.far_depth_m if found else np.nan
        return self._far[photo_id]

    def view(self, photo_id: int) -> View:
        """What a photo saw, about the site. StorageError where its depth cannot be read."""
        photo, refined = self._photos[photo_id], self._refined.get(photo_id)
        layout = self._folder.layout
        return View.of_placed(
            load_depth(layout.depth(photo)),
            photo.camera,
            self._poses[photo_id],
            load_refined(layout.refined(refined)) if refined else None,
        )

    def views(self, photo_ids: list[int]) -> Iterator[View]:
        """Those of several photos, one after the other."""
        for photo_id in photo_ids:
            yield self.view(photo_id)

    def pictures(self, photo_ids: list[int]) -> Iterator[PictureView]:
        """Those of several photos with their pictures; a photo whose own file is gone is left out,
        and told once."""
        for photo_id in photo_ids:
            if photo_id in self._held:
                self._held.move_to_end(photo_id)
            else:
                self._held[photo_id] = self._picture(photo_id)
                while len(self._held) > self._most_held:
                    self._held.popitem(last=False)
            found = self._held[photo_id]
            if found is not None:
                yield found

    def _picture(self, photo_id: int) -> PictureView | None:
        photo: IngestedPhoto = self._photos[photo_id]
        try:
            source = self._originals.file(photo)
            picture = read_pixels(source, self.photo_settings, self._picture_px)
            picture = picture if self._blur is None else self._blur(picture)
        except PhotoError as error:
            if photo.metadata.path.name not in self.lost:
                self.lost.append(photo.metadata.path.name)
                self._warn(f"{error}; products are coloured without it")
            return None
        high, wide = picture.shape[:2]
        return PictureView(
            view=self.view(photo_id),
            camera=self._poses[photo_id].solved_camera(photo.camera).rescaled(wide, high),
            picture=picture,
            gain=self._gains.get(photo_id, _NO_GAIN),
        )
