"""A synthetic street with exact truth: photos with EXIF, depth files, and how to score poses.

`write_demo` makes one, `read_truth` reads its truth back, `pose_accuracy` compares solved poses
with it, `ExactScene` gives exact depth, masks and distances for benchmarks.
"""

from worldmap.demo.accuracy import PhotoAccuracy, PoseAccuracy, pose_accuracy, relative_error
from worldmap.demo.exact import ExactScene
from worldmap.demo.layout import StreetPlan
from worldmap.demo.noise import HARD, NONE, STANDARD, Noise
from worldmap.demo.truth import DemoTruth, PairTruth, PhotoTruth, read_truth
from worldmap.demo.write import write_demo

__all__ = [
    "HARD",
    "NONE",
    "STANDARD",
    "DemoTruth",
    "ExactScene",
    "Noise",
    "PairTruth",
    "PhotoAccuracy",
    "PhotoTruth",
    "PoseAccuracy",
    "StreetPlan",
    "pose_accuracy",
    "read_truth",
    "relative_error",
    "write_demo",
]
