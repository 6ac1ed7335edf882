"""Build worldmap/data/sift_words.npz, the words of `vlad`, from folders of photos.

    python scripts/build_sift_words.py FOLDER...

K-means over the descriptors of each photo's largest features, as `Vlad` takes them; words are
rounded to whole numbers. The script prints how far descriptors lie from their words.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from scipy.cluster.vq import vq

from worldmap.config import FeatureSettings
from worldmap.registration.retrieval import Vlad
from worldmap.registration.sift import Sift

_TARGET = Path(__file__).resolve().parents[1] / "worldmap" / "data" / "sift_words.npz"


def main(folders: list[Path], target: Path = _TARGET) -> None:
    """Write the words of the folders' photos to `target`."""
    settings, vlad = FeatureSettings(), Vlad()
    sift, found = Sift(settings), []
    for path in sorted(path for folder in folders for path in folder.glob("*.jpg")):
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if grey is None:
            raise SystemExit(f"{path}: no picture")
        scale = min(1.0, settings.work_width_px / max(grey.shape))
        size = round(grey.shape[1] * scale), round(grey.shape[0] * scale)
        small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        keypoints = sift.detect(np.asarray(small, dtype=np.uint8), None)
        largest = np.argsort(-keypoints.size_px, kind="stable")[: vlad.descriptors_per_photo]
        found.append(keypoints.descriptor[largest].astype(np.float64))
    words = np.round(vlad.trained(found)).astype(np.uint8)
    np.savez_compressed(target, words=words)
    off = vq(np.concatenate(found), words.astype(np.float64))[1]
    print(f"{len(found)} photos, {len(words)} words: descriptors {np.median(off):.0f} off (median)")


if __name__ == "__main__":
    main([Path(each) for each in sys.argv[1:]])
