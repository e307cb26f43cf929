"""A trained radiance field with everything that is needed to look at it again: what a RUN folder holds."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shapefield.errors import InputError, OutputError, UsageError
from shapefield.machine.memory import is_shortage
from shapefield.mesh.model import Similarity
from shapefield.methods import method
from shapefield.nerf.cameras import Camera
from shapefield.nerf.config import NerfConfig
from shapefield.nerf.job import CHECKPOINT_FILE, MODEL_FILE, REPORT_FILE
from shapefield.nerf.models import RadianceField, build
from shapefield.nerf.task import SceneAppearance
from shapefield.storage.container import read_container, write_container
from shapefield.storage.files import check_outputs, writing
from shapefield.storage.mark import marked


@dataclass(eq=False)
class NerfResult:
    """A radiance field in its world.

    field, surroundings : the networks, model frame;  similarity : world → model frame
    config, options     : how it was trained;  source : the dataset's path
    bounded             : nothing outside the box;  contracted : the model frame holds all of space
    downscale           : working size of the pictures
    cameras             : of the training views, at their working size; none in a run of version 0.1
    run, report         : plain JSON: steps, seconds, versions; held-out figures
    """

    field: RadianceField
    surroundings: SceneAppearance
    similarity: Similarity
    config: NerfConfig
    options: Any
    source: str
    bounded: bool
    contracted: bool
    downscale: float
    device: str = "cpu"
    cameras: tuple[Camera, ...] = ()
    run: dict[str, Any] = dataclasses.field(default_factory=dict)
    report: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def backdrop(self) -> np.ndarray:
        """(3,) float32 colour behind what is shown and evaluated, where there is no learned sky."""
        return np.full(3, 0.0 if self.config.background == "black" else 1.0, dtype=np.float32)

    def header(self) -> dict[str, Any]:
        """Everything but the tensors, as plain JSON."""
        return {
            "model": self.config.model,
            "config": dataclasses.asdict(self.config),
            "options": dataclasses.asdict(self.options),
            "center": self.similarity.center.tolist(),
            "scale": self.similarity.scale,
            "source": self.source,
            "bounded": self.bounded,
            "contracted": self.contracted,
            "downscale": self.downscale,
            "sky": self.surroundings.sky is not None,
            "views": 0 if self.surroundings.exposure is None else len(self.surroundings.exposure),
            "cameras": [dataclasses.asdict(c) | {"pose": c.pose.tolist()} for c in self.cameras],
            "run": self.run,
            "report": self.report,
        }

    def save(self, folder: Path) -> None:
        """Write model.safetensors and run.json into `folder`, each whole or not at all."""
        tensors = {f"field.{k}": v for k, v in self.field.tensors().items()}
        tensors |= {f"beside.{k}": v for k, v in self.surroundings.state_dict().items()}
        header = self.header()
        write_container(folder / MODEL_FILE, "nerf", header, tensors, self.source)
        with writing(folder / REPORT_FILE, "w") as file:
            json.dump({"made": marked(folder / REPORT_FILE, self.source), **header}, file, indent=1)


def load(folder: str | Path, device: str = "cpu") -> NerfResult:
    """The result in a RUN folder. InputError in one line for anything else; no code in the file is ever run."""
    folder = Path(folder)
    path = folder / MODEL_FILE
    if (folder / CHECKPOINT_FILE).is_file() and not path.is_file():
        raise InputError(f"{folder}: expected a finished run, got an interrupted one: finish it with --resume")
    if not path.is_file():
        raise InputError(f"{folder}: expected a run of `shapefield nerf train`, found no {MODEL_FILE}: check the path")
    header, tensors = read_container(path, "nerf")
    try:
        config = NerfConfig(**{"masks": "ignore"} | header["config"])  # version 0.1 knew no other masks
        options = method(config.model, "radiance").options(**header["options"])
        model = build(config.model, options, cells=None, contracted=bool(header["contracted"]), seed=0)
        model.load_tensors({k[6:]: v for k, v in tensors.items() if k.startswith("field.")})
        views = len(tensors.get("beside.exposure", ()))
        if header["views"] != views:
            raise ValueError(f"exposures of {header['views']!r} views, but {views} of them")
        beside = SceneAppearance(bool(header["sky"]), views)
        beside.load_state_dict({k[7:]: v for k, v in tensors.items() if k.startswith("beside.")})
        similarity = Similarity(np.array(header["center"], dtype=np.float64).reshape(3), float(header["scale"]))
        result = NerfResult(
            field=model.to(device),
            surroundings=beside.to(device),
            similarity=similarity,
            config=config,
            options=options,
            source=str(header["source"]),
            bounded=bool(header["bounded"]),
            contracted=bool(header["contracted"]),
            downscale=float(header["downscale"]),
            device=device,
            cameras=tuple(
                Camera(**given | {"pose": np.array(given["pose"]), "distortion": tuple(given["distortion"])})
                for given in header.get("cameras", ())
            ),
            run=dict(header["run"]),
            report=dict(header["report"]),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, RuntimeError, UsageError) as error:
        if is_shortage(error):
            raise
        raise InputError(
            f"{path}: expected a whole radiance field, got a damaged one ({error}): train again"
        ) from error
    result.field.eval()
    return result


def prepare_folder(folder: Path, force: bool, resume: bool, source: str | Path | None = None) -> tuple[str, ...]:
    """Make the RUN folder; returns what is to be told about files that are replaced.

    OutputError if it holds files that are not a run's, or a run's that are not ours or of another `source`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = {p.name for p in folder.iterdir() if not p.name.startswith(".") and p.suffix != ".lock"}
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror}): choose another folder") from error
    ours = {MODEL_FILE, REPORT_FILE, CHECKPOINT_FILE}
    if names and not names & ours and not force and not resume:
        raise OutputError(f"{folder}: expected an empty folder, it holds other files: choose another or give --force")
    return check_outputs([folder / name for name in sorted(ours)], force, source)
