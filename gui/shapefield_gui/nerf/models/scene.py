"""What the tab has open: a dataset, what is learnt of it, where one stands, the crop box, the keyframes. No Qt."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from shapefield.nerf.cameras import Camera
from shapefield_gui.models.observable import Observable
from shapefield_gui.nerf.children.records import OpenedScene, PosedView, Trained
from shapefield_gui.nerf.models.viewpoint import Room, SceneViewpoint, room_of


def title_of(source: str) -> str:
    """What a dataset is called: its folder's name."""
    place = Path(source)
    return place.parent.name if place.suffix in (".json", ".npy") else place.name


class NerfScene(Observable[[str]]):
    """Listeners are called with what changed: "scene", "thumbnails", "stand", "shown", "crop" or "keyframes"."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: OpenedScene | None = None
        self.trained: Trained | None = None
        self.room: Room | None = None
        self.thumbnails: dict[int, np.ndarray] = {}
        self.stand = SceneViewpoint()
        self.show = "colour"
        self.cameras_shown = True
        self.box_shown = True
        self.center, self.half = np.zeros(3), 1.0
        self.low, self.high = -np.ones(3), np.ones(3)
        self.keyframes: list[Camera] = []

    def open(self, opened: OpenedScene) -> None:
        """Another dataset: nothing is learnt of it yet."""
        self.opened, self.trained = opened, None
        self.thumbnails.clear()
        self.keyframes.clear()
        self._frame(opened.center, opened.half)
        assert self.room is not None
        self.stand = SceneViewpoint().looking_at_all(self.room)
        self.tell("scene")
        self.tell("keyframes")

    def refine(self, opened: OpenedScene) -> None:
        """The box of the dataset that is open is known better."""
        self.opened = opened
        self._frame(opened.center, opened.half)
        self.tell("scene")

    def learnt(self, trained: Trained | None) -> None:
        """A field of this dataset is there, with its own box; None: it is gone."""
        self.trained = trained
        if trained is not None:
            self._frame(trained.center, trained.half)
        self.tell("scene")

    def _frame(self, center: np.ndarray, half: float) -> None:
        same = self.room is not None and np.allclose(center, self.center) and np.isclose(half, self.half)
        if same and self.opened is not None and self.trained is not None:
            return
        self.center, self.half = np.asarray(center, float), float(half)
        self.low, self.high = self.center - half, self.center + half
        if self.opened is not None:
            positions = np.array([v.camera.position for v in self.opened.views]).reshape(-1, 3)
            before, room = self.room, room_of(self.center, self.half, self.opened.up, positions)
            self.room = room
            if before is None or not np.isclose(before.scale, room.scale, rtol=0.3):
                self.stand = SceneViewpoint().looking_at_all(room)

    def put_thumbnail(self, index: int, picture: np.ndarray) -> None:
        self.thumbnails[index] = picture
        self.tell("thumbnails")

    # standing

    def move(self, stand: SceneViewpoint) -> None:
        self.stand = stand
        self.tell("stand")

    def stand_in(self, index: int) -> None:
        """Stand in the place of picture `index`."""
        if self.opened is not None:
            self.move(SceneViewpoint(self.stand.orbit, self.opened.views[index]))

    def step(self, by: int) -> None:
        """Stand in the next or the previous picture's place."""
        if self.opened is not None and self.opened.views:
            here = self.index_of(self.stand.view)
            self.stand_in(((here if here is not None else -1 if by > 0 else 0) + by) % len(self.opened.views))

    def index_of(self, view: PosedView | None) -> int | None:
        views = self.opened.views if self.opened is not None else ()
        return next((k for k, v in enumerate(views) if v is view), None)

    @property
    def held_out(self) -> list[int]:
        """Pictures that training does not see, those shown while it runs first."""
        views = self.opened.views if self.opened is not None else ()
        order = {"val": 0, "test": 1}
        return sorted((k for k, v in enumerate(views) if v.held_out), key=lambda k: order[views[k].split])

    # what is shown

    def set_shown(self, show: str) -> None:
        self.show = show
        self.tell("shown")

    def set_marks(self, cameras: bool | None = None, box: bool | None = None) -> None:
        """Whether the cameras and the box are drawn."""
        self.cameras_shown = self.cameras_shown if cameras is None else cameras
        self.box_shown = self.box_shown if box is None else box
        self.tell("crop")

    # crop

    @property
    def is_cropped(self) -> bool:
        return not (np.allclose(self.low, self.center - self.half) and np.allclose(self.high, self.center + self.half))

    @property
    def crop(self) -> tuple[float, ...] | None:
        """x0 y0 z0 x1 y1 z1, world units, or None where it is the whole box."""
        return (*map(float, self.low), *map(float, self.high)) if self.is_cropped else None

    def set_crop(self, axis: int, high: bool, value: float) -> None:
        """Move one face; a face stays inside the box and a hundredth of it away from the opposite one."""
        gap = 0.02 * self.half
        low, top = self.center[axis] - self.half, self.center[axis] + self.half
        if high:
            self.high[axis] = min(max(value, self.low[axis] + gap), top)
        else:
            self.low[axis] = max(min(value, self.high[axis] - gap), low)
        self.tell("crop")

    def uncrop(self) -> None:
        self.low, self.high = self.center - self.half, self.center + self.half
        self.tell("crop")

    # keyframes

    def add_keyframe(self, camera: Camera) -> None:
        self.keyframes.append(camera)
        self.tell("keyframes")

    def drop_keyframe(self, index: int) -> None:
        if 0 <= index < len(self.keyframes):
            del self.keyframes[index]
            self.tell("keyframes")

    def move_keyframe(self, index: int, to: int) -> None:
        """Put a keyframe into another place of the order."""
        if 0 <= index < len(self.keyframes) and 0 <= to < len(self.keyframes):
            self.keyframes.insert(to, self.keyframes.pop(index))
            self.tell("keyframes")
