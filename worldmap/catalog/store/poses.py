"""Poses in the catalog: a solution is stored whole or not at all."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import (
    delete,
    select,
)
from sqlalchemy.orm import Session, joinedload

from worldmap.catalog import geometry, glance, rows
from worldmap.catalog.footprint import view_outline
from worldmap.catalog.models import (
    CalibrationRow,
    FootprintRow,
    PhotoRow,
    PoseRow,
    ReviewRow,
    RunRow,
    SiteRow,
)
from worldmap.catalog.store.base import asking, chunks, parts_of
from worldmap.catalog.store.pairs import PairStore
from worldmap.catalog.store.photos import show_prior
from worldmap.frames import enu_from_cam_rotation
from worldmap.geodesy import Site
from worldmap.place import Place
from worldmap.records import (
    CameraCalibration,
    PairRegistration,
    PhotoReview,
    Run,
    SolvedPose,
    UnplacedPose,
)


class PoseStore(PairStore):
    """Poses, reviews, calibrations and sites: what a solution gives."""

    def replace_solution(
        self,
        run_id: int,
        poses: Sequence[SolvedPose],
        reviews: Iterable[PhotoReview] = (),
        *,
        pairs: Iterable[PairRegistration] = (),
        pairs_key: str = "",
        calibrations: Iterable[CameraCalibration] = (),
    ) -> None:
        """Keep where these photos ended up, each about its own site, and what was said about them
        on the way, with verdicts on `pairs` as `record_pairs` does; other photos' poses and reviews
        stay. All or nothing: poses rest on the verdicts. calibrations: what photos told of their
        cameras, in place of what any of them told before.

        CatalogError, and nothing changes, where a photo has left the map meanwhile.
        """
        by_photo = {pose.photo_id: pose for pose in poses}
        with self._write() as session:
            self._put_pairs(session, pairs, pairs_key)
            in_order = dict.fromkeys(pose.site for pose in poses)
            sites = {site: _site_row(session, site) for site in in_order}
            for part in chunks(sorted(by_photo)):
                photos = session.scalars(
                    select(PhotoRow)
                    .options(
                        joinedload(PhotoRow.depth_map),
                        joinedload(PhotoRow.prior, innerjoin=True),
                    )
                    .where(PhotoRow.id.in_(part))
                ).all()
                for model in (PoseRow, FootprintRow, ReviewRow):
                    session.execute(delete(model).where(model.photo_id.in_(part)))
                found = [_show_pose(photo, by_photo[photo.id]) for photo in photos]
                session.add_all(footprint for footprint in found if footprint is not None)
                session.add_all(
                    rows.pose_row(by_photo[i], run_id, sites[by_photo[i].site].id) for i in part
                )
                self._flush_of_photos(session)
            session.add_all(rows.review_row(review, run_id) for review in reviews)
            self._put_calibrations(session, calibrations, run_id)
            self._flush_of_photos(session)
            self._update_extents(session, "photos", "footprints")

    def _put_calibrations(
        self, session: Session, calibrations: Iterable[CameraCalibration], run_id: int
    ) -> None:
        for found in calibrations:
            told = select(CalibrationRow).where(CalibrationRow.camera_key == found.camera_key)
            for row in session.scalars(told).all():
                if set(json.loads(row.photo_ids)) & set(found.photo_ids):
                    session.delete(row)
            session.add(rows.calibration_row(found, run_id))

    def calibrations(self) -> list[CameraCalibration]:
        """What photos told of their cameras, by camera and in the order it was found out."""
        wanted = (
            select(CalibrationRow, RunRow.started_at)
            .join(RunRow, RunRow.id == CalibrationRow.run_id)
            .order_by(CalibrationRow.camera_key, CalibrationRow.id)
        )
        with self._read() as session:
            return [rows.calibration_of(row, at) for row, at in session.execute(wanted)]

    def reviews(self, photo_ids: Collection[int] | None = None) -> dict[int, PhotoReview]:
        """What the last merges said about photos, by photo id, of all or of these; only where there
        was anything."""
        members = None if photo_ids is None else set(photo_ids)
        wanted = select(ReviewRow).order_by(ReviewRow.photo_id)
        with self._read() as session:
            return {
                row.photo_id: rows.review_of(row)
                for part in parts_of(wanted, ReviewRow.photo_id, members)
                for row in session.scalars(part)
            }

    def copies_of(self, photo_id: int) -> list[int]:
        """The photos that are copies of this one, by id."""
        wanted = select(ReviewRow.photo_id).where(ReviewRow.duplicate_of == photo_id)
        with self._read() as session:
            return list(session.scalars(wanted.order_by(ReviewRow.photo_id)))

    def site(self) -> Site | None:
        """The origin that most photos were solved about, of equals that of the newest solution;
        None before the first."""
        with self._read() as session:
            return glance.site(asking(session))

    def sites(self) -> list[Site]:
        """Every origin that photos are placed about, in the order in which they came up."""
        about = select(SiteRow).where(
            select(PoseRow.photo_id).where(PoseRow.site_id == SiteRow.id).exists()
        )
        with self._read() as session:
            return [_site_of(row) for row in session.scalars(about.order_by(SiteRow.id))]

    def poses(
        self, photo_ids: Collection[int] | None = None, *, site: Site | None = None
    ) -> list[SolvedPose]:
        """Solved poses by photo id, all or of these photos, each about the site that it was solved
        about, or all about `site`."""
        members = None if photo_ids is None else set(photo_ids)
        found = []
        with self._read() as session:
            origins = {row.id: _site_of(row) for row in session.scalars(select(SiteRow))}
            for part in parts_of(select(PoseRow), PoseRow.photo_id, members):
                for row in session.scalars(part.order_by(PoseRow.photo_id)):
                    pose = rows.pose_of(row, origins[row.site_id])
                    found.append(pose if site is None else pose.about(site))
        return found

    def solving_runs(self, photo_ids: Collection[int]) -> list[Run]:
        """The runs that these photos' poses come from, oldest first."""
        found: dict[int, Run] = {}
        with self._read() as session:
            wanted = select(RunRow).join(PoseRow, PoseRow.run_id == RunRow.id).distinct()
            for part in parts_of(wanted, PoseRow.photo_id, set(photo_ids)):
                found.update((row.id, rows.run_of(row)) for row in session.scalars(part))
        return [found[i] for i in sorted(found)]


def _show_pose(photo: PhotoRow, pose: SolvedPose) -> FootprintRow | None:
    """Set a photo's best known position from its pose, or from its tags again where it has none;
    returns its footprint, if it has one."""
    photo.status, photo.reason = pose.status, pose.reason
    far_depth_m = photo.depth_map.far_depth_m if photo.depth_map else math.nan
    if isinstance(pose, UnplacedPose):
        return show_prior(photo, rows.prior_of(photo.prior), far_depth_m)
    camera = rows.camera_of(photo)
    place = Place.of(pose, camera)
    photo.geom = geometry.point(place.lon_deg, place.lat_deg)
    photo.height_m = place.height_m
    photo.heading_deg = place.heading_deg
    photo.position_sigma_m = math.hypot(*place.position_sigma_m[:2])
    outline = view_outline(
        Site(place.lat_deg, place.lon_deg, place.height_m),
        enu_from_cam_rotation(place.heading_deg, place.pitch_deg, place.roll_deg),
        pose.solved_camera(camera),
        far_depth_m * place.depth_scale,
    )
    return FootprintRow(photo_id=photo.id, status=photo.status, geom=outline)


def _site_row(session: Session, site: Site) -> SiteRow:
    known = session.scalar(
        select(SiteRow).where(
            SiteRow.lat_deg == site.lat_deg,
            SiteRow.lon_deg == site.lon_deg,
            SiteRow.height_m == site.height_m,
        )
    )
    if known is not None:
        return known
    row = SiteRow(lat_deg=site.lat_deg, lon_deg=site.lon_deg, height_m=site.height_m)
    session.add(row)
    session.flush()
    return row


def _site_of(row: SiteRow) -> Site:
    return Site(row.lat_deg, row.lon_deg, row.height_m)
