"""The weights of depth networks: which there are, where they lie, how they get here.

Nothing is ever downloaded unless a person asks for it by `worldmap models fetch`.
"""

from __future__ import annotations

import errno
import hashlib
import importlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from worldmap.artifact import write_error
from worldmap.config import DepthSettings
from worldmap.depth.pins import PINS, pin_of, require_pinned
from worldmap.errors import MissingPathError, ModelError, UsageError, WorldmapError
from worldmap.plugins import DEPTH, SKY, VIEWS, Door

_log = logging.getLogger(__name__)

_MANIFEST = "worldmap.json"
_CONFIG = "config.json"
_TENSORS = "*.safetensors"
_DOORS: Final[dict[str, Door]] = {"depth": DEPTH, "sky": SKY, "refined depth": VIEWS}
_KEPT_FILES = (_CONFIG, _TENSORS, "*.safetensors.index.json", "LICENSE*", "README.md")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSource:
    """A network that worldmap can run. `network` is its class in transformers, or what makes it of
    a checkpoint folder, as `module:function`; sizes in bytes. checkpoint: the one file that the hub
    has instead of such a folder, which the estimator's `convert_file` turns into one.
    finds: what it is for; gives: what besides. operations: floating-point, for a photo of 4:3,
    counted."""

    name: str
    estimator: str
    finds: Literal["depth", "sky", "refined depth"] = "depth"
    hub_id: str
    network: str
    model_type: str
    checkpoint: str = ""
    gives: tuple[str, ...] = ()
    operations: float
    download_bytes: int
    licence: str
    licence_url: str
    notice: str


def sources() -> Iterator[ModelSource]:
    """Every model that a depth source, a finder of sky or a network of several photos names in its
    `sources`, worldmap's own first; a package that cannot be imported is passed over."""
    for door in _DOORS.values():
        for name in door.names():
            try:
                yield from getattr(door.load(name), "sources", ())
            except WorldmapError as error:
                _log.warning("%s", error)


def _class_of(source: ModelSource) -> Any:
    return _DOORS[source.finds].load(source.estimator)


def _source_named(name: str) -> ModelSource | None:
    return next((each for each in sources() if name in (each.name, each.hub_id)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledModel:
    """A model and where it is: folder None = not on this machine; weights_hash '' = not hashed."""

    source: ModelSource
    folder: Path | None
    weights_hash: str
    size_bytes: int


def model_source(name: str) -> ModelSource:
    """The model of that name or hub id. UsageError for another."""
    if (source := _source_named(name)) is not None:
        return source
    known = ", ".join(source.name for source in sources())
    raise UsageError(f"unknown model {name!r}", hint=f"there is: {known}")


def models_dir(settings: DepthSettings) -> Path:
    """Where fetched and imported weights are kept."""
    if settings.models_dir is not None:
        return settings.models_dir.expanduser()
    if chosen := os.environ.get("WORLDMAP_MODELS"):
        return Path(chosen).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "worldmap" / "models"


def list_models(settings: DepthSettings) -> list[InstalledModel]:
    """Every model that worldmap knows, installed or not."""
    found = []
    for source in sources():
        folder = find_weights(source.name, settings)
        found.append(
            InstalledModel(
                source=source,
                folder=folder,
                weights_hash="" if folder is None else str(_manifest(folder).get("hash", "")),
                size_bytes=0 if folder is None else sum(p.stat().st_size for p in _files(folder)),
            )
        )
    return found


def find_weights(wanted: str, settings: DepthSettings) -> Path | None:
    """Folder of the weights called `wanted`, or None where they are not on this machine.

    wanted: a folder, a name of `sources`, or a hub id that is already in Hugging Face's cache.
    Never reaches for the network.
    """
    folder = Path(wanted).expanduser()
    if (folder / _CONFIG).is_file():
        return folder
    known = _source_named(wanted)
    if known is not None and _is_complete(models_dir(settings) / known.name):
        return models_dir(settings) / known.name
    if folder.is_absolute() or wanted.startswith(("./", "../", "~")):
        return None
    return _in_hub_cache(known.hub_id if known is not None else wanted)


def _in_hub_cache(hub_id: str) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        pinned = PINS[hub_id].revision if hub_id in PINS else None
        folder = Path(snapshot_download(hub_id, revision=pinned, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, OSError):
        return None
    return folder if _is_complete(folder) else None


def _is_complete(folder: Path) -> bool:
    return (folder / _CONFIG).is_file() and any(folder.glob(_TENSORS))


def _files(folder: Path) -> list[Path]:
    return sorted([folder / _CONFIG, *folder.glob(_TENSORS)])


def require_weights(wanted: str, settings: DepthSettings, model_type: str) -> Path:
    """Folder of the weights called `wanted`. ModelError, with what to run, where they are not here
    or belong to another kind of model."""
    folder = find_weights(wanted, settings)
    if folder is None:
        asked = Path(wanted).expanduser()
        if asked.is_dir():
            raise ModelError(f"is no checkpoint: it has no {_CONFIG} and {_TENSORS}", path=asked)
        if (source := _source_named(wanted)) is not None:
            raise ModelError(
                f"no {source.name} weights on this machine",
                hint=f"run `worldmap models fetch {source.name}` "
                f"or `worldmap models import {source.name} PATH`",
            )
        raise ModelError(f"no weights at {wanted}, neither as a folder nor in the hub's cache")
    config = _read_config(folder)
    found = config.get("model_type", config.get("model_name"))
    if found != model_type:
        raise ModelError(f"holds a {found} model, not {model_type}", path=folder)
    if not any(folder.glob(_TENSORS)):
        raise ModelError(f"has no {_TENSORS}: the weights are not there", path=folder)
    return folder


def weights_hash(folder: Path) -> str:
    """SHA-256 over configuration and tensors of a checkpoint folder, in hex; remembered in the
    folder's manifest where there is one."""
    manifest = _manifest(folder)
    if manifest.get("stamp") == _stamp(folder):
        return str(manifest["hash"])
    return _compute_hash(folder)


def _compute_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in _files(folder):
        digest.update(path.name.encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _stamp(folder: Path) -> list[list[Any]]:
    return [[p.name, p.stat().st_size, p.stat().st_mtime_ns] for p in _files(folder)]


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        content = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def licence_of(folder: Path, source: ModelSource) -> str:
    """The licence that is kept with each depth map made with these weights."""
    return str(_manifest(folder).get("licence", source.licence))


def _read_config(folder: Path) -> dict[str, Any]:
    try:
        content = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot be read: {_line(error)}", path=folder / _CONFIG) from error
    return content if isinstance(content, dict) else {}


# --- into this machine ---------------------------------------------------------------------------


def fetch_model(name: str, settings: DepthSettings, *, accept_licence: bool) -> InstalledModel:
    """Download a model's weights from the hub, check them and install them.

    A pinned revision (`pins`), its tensors checked by SHA-256 and read as safetensors: no code in
    them runs. Show `source.notice` first: ModelError unless the licence was accepted, or where the
    download fails or what came is not the whole model or not what was pinned. UsageError for an
    unknown name.
    """
    source = model_source(name)
    if not accept_licence:
        raise ModelError(
            f"the licence of {source.name} was not accepted ({source.licence}), "
            "nothing was downloaded"
        )
    from huggingface_hub import snapshot_download

    with _staging(settings) as folder:
        try:
            pin = pin_of(source.hub_id)
            snapshot_download(
                source.hub_id,
                revision=pin.revision,
                local_dir=folder,
                allow_patterns=list(_KEPT_FILES) + [source.checkpoint][: bool(source.checkpoint)],
            )
        except ModelError:
            raise
        except Exception as error:  # the hub's client raises a dozen unrelated families
            raise ModelError(
                f"cannot download {source.hub_id}: {_line(error)}",
                hint=f"get it elsewhere and run `worldmap models import {source.name} FOLDER`",
            ) from error
        shutil.rmtree(folder / ".cache", ignore_errors=True)
        require_pinned(folder, pin, source.checkpoint or _TENSORS)
        if source.checkpoint:
            _class_of(source).convert_file(folder / source.checkpoint, folder)
            (folder / source.checkpoint).unlink()
        return _install(folder, source, settings, origin=f"hub:{source.hub_id}@{pin.revision}")


def import_model(name: str, path: Path, settings: DepthSettings) -> InstalledModel:
    """Install weights from a local Hugging Face folder or, where the network's estimator has a
    `convert_file` for it, from one file, such as Apple's `depth_pro.pt`.

    ModelError where they cannot be read, lack tensors or belong to another model, MissingPathError
    where there is nothing; UsageError for an unknown name.
    """
    source = model_source(name)
    if not path.exists():
        raise MissingPathError("does not exist", path=path)
    with _staging(settings) as folder:
        if path.is_dir():
            require_weights(str(path), settings, source.model_type)
            for pattern in _KEPT_FILES:
                for file in sorted(path.glob(pattern)):
                    shutil.copyfile(file, folder / file.name)
        elif (convert := getattr(_class_of(source), "convert_file", None)) is not None:
            convert(path, folder)
        else:
            raise ModelError(
                "is no folder", path=path, hint=f"{source.name} cannot be imported from one file"
            )
        return _install(folder, source, settings, origin=f"file:{path.name}")


@contextmanager
def _staging(settings: DepthSettings) -> Iterator[Path]:
    """A folder beside the installed models that is gone at the end, whatever happens."""
    root = models_dir(settings)
    try:
        root.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".new-", dir=root))
    except OSError as error:
        raise ModelError(f"cannot be written: {error.strerror}", path=root) from error
    try:
        yield folder
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise write_error(folder, error) from error
        raise ModelError(f"cannot take the model: {_line(error)}", path=root) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _install(
    staged: Path, source: ModelSource, settings: DepthSettings, *, origin: str
) -> InstalledModel:
    load_network(staged, source)  # refuses what is not whole
    digest = _compute_hash(staged)
    target = models_dir(settings) / source.name
    final = staged.with_name(f"{staged.name}-whole")
    staged.rename(final)
    manifest = {
        "name": source.name,
        "hash": digest,
        "stamp": _stamp(final),
        "licence": source.licence,
        "licence_url": source.licence_url,
        "origin": origin,
    }
    (final / _MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    final.chmod(0o755)
    old = staged.with_name(f"{staged.name}-old")
    if target.exists():
        target.rename(old)
    final.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    size_bytes = sum(path.stat().st_size for path in _files(target))
    return InstalledModel(source=source, folder=target, weights_hash=digest, size_bytes=size_bytes)


def load_network(folder: Path, source: ModelSource) -> Any:
    """The network of a checkpoint folder, in fp32 on the CPU, every tensor from the file.

    ModelError where the files are damaged, of another model or lack tensors: transformers would
    fill these with random numbers and only warn.
    """
    require_weights(str(folder), DepthSettings(), source.model_type)
    if ":" in source.network:
        module, _, function = source.network.partition(":")
        return getattr(importlib.import_module(module), function)(folder)
    import torch
    import transformers
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        network, info = getattr(transformers, source.network).from_pretrained(
            str(folder), dtype=torch.float32, local_files_only=True, output_loading_info=True
        )
    except Exception as error:  # transformers raises whatever its parsers raise
        raise ModelError(
            f"holds weights that cannot be loaded: {_line(error)}", path=folder
        ) from error
    for what, keys in (("missing", info["missing_keys"]), ("unknown", info["unexpected_keys"])):
        if keys:
            raise ModelError(
                f"holds {source.name} weights that are incomplete or of another version: "
                f"{len(keys)} tensors are {what}, {min(keys)} first",
                path=folder,
            )
    return network.eval()


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
