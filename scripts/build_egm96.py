"""Build worldmap/data/egm96_15.npz from the EGM96 15-minute grid as PROJ distributes it.

    apt-get download proj-data && dpkg -x proj-data_*.deb /tmp/proj-data
    python scripts/build_egm96.py /tmp/proj-data/usr/share/proj/egm96_15.gtx

Undulations are rounded to whole centimetres and stored as second differences, bytes split into two
planes, which deflates to a third of the plain grid. The script prints the error against its input.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import numpy as np

_HEADER = struct.Struct(">4d2i")
_EXPECTED = (-90.0, -180.0, 0.25, 0.25, 721, 1440)
_TARGET = Path(__file__).resolve().parents[1] / "worldmap" / "data" / "egm96_15.npz"


def main(source: Path, target: Path = _TARGET) -> None:
    """Read the .gtx at `source` (float32, south to north, west to east) and write `target`."""
    content = source.read_bytes()
    layout = _HEADER.unpack_from(content)
    if layout != _EXPECTED:
        raise SystemExit(f"{source}: expected the grid {_EXPECTED}, found {layout}")
    rows, columns = layout[4], layout[5]
    undulation_m = np.frombuffer(content, ">f4", rows * columns, _HEADER.size)
    undulation_m = undulation_m.reshape(rows, columns).astype(np.float64)
    undulation_cm = np.round(undulation_m * 100).astype(np.int16)
    along_rows = np.diff(undulation_cm, axis=1, prepend=np.int16(0))
    second = np.diff(along_rows, axis=0, prepend=np.int16(0)).astype("<i2")
    planes = np.ascontiguousarray(
        second.view(np.uint8).reshape(rows, columns, 2).transpose(2, 0, 1)
    )
    np.savez_compressed(target, second_difference_cm=np.ascontiguousarray(planes))

    error_m = undulation_cm / 100 - undulation_m
    print(
        f"{target}: {target.stat().st_size} bytes, error rms {error_m.std() * 1e3:.1f} mm, "
        f"max {np.abs(error_m).max() * 1e3:.1f} mm"
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
