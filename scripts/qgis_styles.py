"""Writes worldmap/catalog/styles/*.qml, with which QGIS shows a catalog: needs Debian's
python3-qgis, so `QT_HASH_SEED=0 QT_QPA_PLATFORM=offscreen /usr/bin/python3 scripts/qgis_styles.py`
(without the seed, attributes come in any order).

A new catalog gets them; one that is there keeps what it has.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsCategorizedSymbolRenderer,
    QgsFillSymbol,
    QgsMapLayer,
    QgsMarkerSymbol,
    QgsPalLayerSettings,
    QgsProperty,
    QgsRendererCategory,
    QgsSimpleMarkerSymbolLayer,
    QgsSymbolLayer,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsUnitTypes,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
    QgsWkbTypes,
)
from qgis.PyQt.QtGui import QColor, QFont

STYLES = Path(__file__).resolve().parents[1] / "worldmap" / "catalog" / "styles"
TILE_M = 100  # worldmap.records.TileKey
GREEN, RED, GREY, BLUE, INK = "#1b7837", "#d73027", "#787878", "#4575b4", "#333333"
STATUS = (("placed", "placed", GREEN), ("unplaced", "unplaced", RED),
          ("ingested", "not merged yet", GREY))  # fmt: skip


def seen_from(colour: str) -> Any:
    """A dot where the camera was, and a pointer the way it looked, where that is known."""
    symbol = QgsMarkerSymbol.createSimple(
        {"name": "circle", "size": "2.4", "color": colour, "outline_color": "white",
         "outline_width": "0.25"}
    )  # fmt: skip
    pointer = QgsSimpleMarkerSymbolLayer.create(
        {"name": "triangle", "size": "2.2", "color": colour, "outline_color": "white",
         "outline_width": "0.2", "offset": "0,-2.3"}
    )  # fmt: skip
    pointer.setDataDefinedProperty(
        QgsSymbolLayer.PropertyAngle, QgsProperty.fromField("heading_deg")
    )
    pointer.setDataDefinedProperty(
        QgsSymbolLayer.PropertyLayerEnabled,
        QgsProperty.fromExpression('"heading_deg" IS NOT NULL'),
    )
    symbol.insertSymbolLayer(0, pointer)
    return symbol


def by_status(symbol_of: Callable[[str, str], Any]) -> Any:
    """One symbol for each status of a photo."""
    categories = [
        QgsRendererCategory(status, symbol_of(status, colour), label)
        for status, label, colour in STATUS
    ]
    return QgsCategorizedSymbolRenderer("status", categories)


def outline(status: str, _colour: str) -> Any:
    """What a photo sees; a guess as long as the photo is not placed."""
    if status == "placed":
        look = {"color": "69,117,180,18", "outline_color": "69,117,180,150",
                "outline_width": "0.2"}  # fmt: skip
    else:
        look = {"style": "no", "outline_color": "120,120,120,150", "outline_style": "dash",
                "outline_width": "0.2"}  # fmt: skip
    return QgsFillSymbol.createSimple(look)


def tiles() -> Any:
    """Outlines; filled where a tile is out of date."""
    current = {"style": "no", "outline_color": INK, "outline_width": "0.35"}
    stale = {"color": "253,174,97,70", "outline_color": RED, "outline_style": "dash",
             "outline_width": "0.35"}  # fmt: skip
    return QgsCategorizedSymbolRenderer(
        "stale",
        [
            QgsRendererCategory("false", QgsFillSymbol.createSimple(current), "up to date"),
            QgsRendererCategory("true", QgsFillSymbol.createSimple(stale), "to be made again"),
        ],
    )


def label(expression: str, closer_than: float, colour: str) -> Any:
    """A small text with a halo, up to a scale of 1 : closer_than."""
    settings = QgsPalLayerSettings()
    settings.fieldName, settings.isExpression = expression, True
    settings.scaleVisibility = True
    settings.minimumScale = closer_than
    settings.multilineAlign = QgsPalLayerSettings.MultiLeft
    text = QgsTextFormat()
    text.setFont(QFont("sans-serif"))
    text.setSize(7)
    text.setSizeUnit(QgsUnitTypes.RenderPoints)
    text.setColor(QColor(colour))
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    halo.setSize(0.7)
    halo.setColor(QColor("white"))
    text.setBuffer(halo)
    settings.setFormat(text)
    return settings


def photo_label() -> Any:
    """The file's name beside the photo."""
    settings = label('file_name("path")', 600, INK)
    settings.placement = QgsPalLayerSettings.AroundPoint
    settings.dist = 2.5
    return settings


def tile_label() -> Any:
    """In the tile's north-western corner."""
    settings = label("\"key\" || '\\n' || format_number(\"points\", 0) || ' points'", 3000, INK)
    settings.geometryGeneratorEnabled = True
    settings.geometryGeneratorType = QgsWkbTypes.PointGeometry
    settings.geometryGenerator = (
        f'transform(make_point("east_m", "north_m" + {TILE_M}), \'EPSG:\' || "epsg", \'EPSG:4326\')'
    )
    settings.placement = QgsPalLayerSettings.OverPoint
    settings.quadOffset = QgsPalLayerSettings.QuadrantBelowRight
    settings.xOffset, settings.yOffset = 1.0, 1.0
    return settings


def write(name: str, kind: str, renderer: Any, map_tip: str, labels: Any = None) -> None:
    """Writes one layer's style."""
    layer = QgsVectorLayer(f"{kind}?crs=EPSG:4326", name, "memory")
    layer.setRenderer(renderer)
    layer.setMapTipTemplate(map_tip)
    if labels is not None:
        layer.setLabeling(QgsVectorLayerSimpleLabeling(labels))
        layer.setLabelsEnabled(True)
    parts = QgsMapLayer.Symbology | QgsMapLayer.Labeling | QgsMapLayer.MapTips
    said, good = layer.saveNamedStyle(str(STYLES / f"{name}.qml"), parts)
    assert good, said


def told(column: str) -> str:
    """A column's text in a map tip, which is HTML: names and reasons may come from anybody."""
    text = f'"{column}"'
    for raw, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = f"replace({text}, '{raw}', '{escaped}')"
    return f"[% {text} %]"


def main() -> None:
    """Writes the styles of all layers."""
    write(
        "photos", "Point", by_status(lambda _, colour: seen_from(colour)),
        f"<b>{told('path')}</b><br>{told('status')} {told('reason')}<br>"
        'heading [% round("heading_deg", 1) %]°, '
        '± [% round("position_sigma_m", 2) %] m on the globe',
        photo_label(),
    )  # fmt: skip
    write("footprints", "MultiPolygon", by_status(outline), told("status"))
    write(
        "tiles", "MultiPolygon", tiles(),
        f"<b>{told('path')}</b><br>" + '[% format_number("points", 0) %] points',
        tile_label(),
    )  # fmt: skip


application = QgsApplication([], False)
application.initQgis()
main()
application.exitQgis()
