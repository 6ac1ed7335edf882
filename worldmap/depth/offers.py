"""What could give depth to photos that have none: networks, at what cost, under which terms."""

from __future__ import annotations

from dataclasses import dataclass

from worldmap.config import DepthSettings
from worldmap.depth.weights import list_models


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkOffer:
    """A network for `worldmap models fetch NAME`. seconds_per_photo: about what it will take on
    this machine."""

    name: str
    download_bytes: int
    seconds_per_photo: float
    licence: str

    def line(self) -> str:
        """For people: name, size, time, terms."""
        return (
            f"{self.name} ({self.download_bytes / 1e6:.0f} MB, about "
            f"{about_duration(self.seconds_per_photo)} a photo here, {self.licence})"
        )


def network_offers(settings: DepthSettings) -> tuple[NetworkOffer, ...]:
    """The networks that could be fetched, in the order in which `auto` takes them."""
    from worldmap.depth.runtime import operations_per_s

    rate = operations_per_s(settings)
    return tuple(
        NetworkOffer(
            name=model.source.name,
            download_bytes=model.source.download_bytes,
            seconds_per_photo=model.source.operations / rate,
            licence=model.source.licence,
        )
        for model in list_models(settings)
        if model.folder is None and model.source.finds == "depth"
    )


def about_duration(seconds: float) -> str:
    """One significant figure is all that is known."""
    for unit, length_s in (("min", 60.0), ("s", 1.0)):
        if seconds >= 1.5 * length_s:
            return f"{float(f'{seconds / length_s:.1g}'):g} {unit}"
    return f"{float(f'{seconds:.1g}'):g} s"
