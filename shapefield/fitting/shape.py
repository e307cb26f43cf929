"""What a fit is given: something that becomes signed samples, and may have a solid to measure against."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from shapefield.config import FitConfig
from shapefield.events import Event, Notice, Stage
from shapefield.mesh.model import Mesh

if TYPE_CHECKING:
    from shapefield.fitting.gathering import Gathered
    from shapefield.solid import Solid


class Shape(Protocol):
    """What a field can be fitted to: a mesh, or whatever else gives signed samples.

    name : what messages call it
    path : the file that it comes from, or None
    """

    @property
    def name(self) -> str: ...
    @property
    def path(self) -> Path | None: ...

    def gathered(self, config: FitConfig, previews: bool = False) -> Generator[Event, Any, Gathered]:
        """Read and draw all that is learnt from, the events of doing so: stages load, distances, samples.

        previews : a first Preview may be shown
        Raises InputError for what has no inside, UsageError for a setting that does not fit it, ResourceError.
        """
        ...


class MeshShape:
    """A mesh file, or a Mesh: one source, and its solid the one reference."""

    def __init__(self, given: str | Path | Mesh) -> None:
        self.given = given

    @property
    def path(self) -> Path | None:
        """The file."""
        return None if isinstance(self.given, Mesh) else Path(self.given)

    @property
    def name(self) -> str:
        """The file's name, or the mesh's own."""
        return self.given.name if isinstance(self.given, Mesh) else Path(self.given).name

    def gathered(self, config: FitConfig, previews: bool = False) -> Generator[Event, Any, Gathered]:
        """Mesh, solid, samples."""
        yield Stage("load")
        mesh = self._loaded().labelled(config.solid.unit)
        config = config.in_input_units(mesh.extent)
        for notice in mesh.notices:
            yield Notice(notice)
        solid = yield from _solid(mesh, config)
        from shapefield.fitting.forecasting import require_pool
        from shapefield.fitting.gathering import gather, wanted_level
        from shapefield.methods import method
        from shapefield.offset import with_room

        samples = config.sampling.samples or 0
        yield Stage("samples", f"{samples:,}")
        chosen = method(config.method)
        require_pool(samples, chosen.nodes(chosen.options(**config.options)))
        roomy = with_room(solid, wanted_level(config))
        gathered = yield from gather(mesh, roomy, config, previews)
        return replace(gathered, reference=solid)  # what is measured has the input's own frame, with no room added

    def _loaded(self) -> Mesh:
        if isinstance(self.given, Mesh):
            return self.given
        from shapefield.mesh.reading import read

        return read(self.given)


def shape_of(given: str | Path | Mesh | Shape) -> Shape:
    """`given` as what a fit takes."""
    return MeshShape(given) if isinstance(given, str | Path | Mesh) else given


def _solid(mesh: Mesh, config: FitConfig) -> Generator[Event, Any, Solid]:
    from shapefield.fitting.forecasting import require_distances
    from shapefield.solid import solidify

    yield Stage("distances", f"{len(mesh.faces):,} faces")
    require_distances(len(mesh.faces))
    return (yield from solidify(mesh, **config.solid.choices(), resolution=config.extraction.resolution))
