"""Draws a catalog with QGIS as it looks when dragged in: render_qgis.py CATALOG PNG EPSG LAYER

The map is in EPSG and fits LAYER. Run by the system's own Python, where Debian's python3-qgis is.
Prints as JSON what each layer is.
"""

import json
import sys
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

LAYERS = ("photos", "footprints", "tiles")  # the first is drawn on top


def describe(layer: Any) -> dict[str, Any]:
    """What a person sees of a layer in QGIS before looking at the map."""
    box = layer.extent()
    return {
        "valid": layer.isValid(),
        "features": layer.featureCount(),
        "crs": layer.crs().authid(),
        "extent": [box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()],
        "renderer": layer.renderer().type(),
        "colours": {
            item.label(): item.symbol().color().name() if item.symbol() else None
            for item in layer.renderer().legendSymbolItems()
        },
        "labels": layer.labelsEnabled(),
        "map_tip": bool(layer.mapTipTemplate()),
    }


def draw(catalog: str, png: str, epsg: int, fitted: Any) -> Any:
    layers = [QgsVectorLayer(f"{catalog}|layername={name}", name, "ogr") for name in LAYERS]
    crs = QgsCoordinateReferenceSystem(f"EPSG:{epsg}")
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(crs)
    settings.setTransformContext(QgsProject.instance().transformContext())
    settings.setBackgroundColor(QColor("white"))
    settings.setOutputSize(QSize(1200, 900))
    settings.setOutputDpi(96)
    layer = layers[LAYERS.index(fitted)]
    to_map = QgsCoordinateTransform(layer.crs(), crs, QgsProject.instance())
    box = to_map.transformBoundingBox(layer.extent())
    settings.setExtent(box.buffered(0.05 * max(box.width(), box.height())))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    errors = [error.message for error in job.errors()]
    drawn = job.renderedImage().save(png)
    return {
        "layers": {layer.name(): describe(layer) for layer in layers},
        "errors": errors,
        "drawn": drawn,
        "metres_per_pixel": settings.mapUnitsPerPixel(),
    }


application = QgsApplication([], False)
application.initQgis()
print(json.dumps(draw(*sys.argv[1:])))  # type: ignore[arg-type]
application.exitQgis()
