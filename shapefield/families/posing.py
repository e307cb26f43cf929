"""Where a member stands: the similarity between its file's frame and the family's, and the search for it.

Legend: k points of a cloud.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations, product

import numpy as np

from shapefield.mesh.model import Similarity

POINTS = 300
"""Of a cloud that poses are compared on."""
CLEARLY = 0.7
"""Share of the distance to the reference, as it stands, that a turned member must come below to be turned."""
STRANGE = 0.28
"""Distance to the nearest of the others from which on a member is told, family lengths both ways together: of the
project's own chairs, vases and gears the farthest from its typical one lies at 0.27, and those of two families lie at
0.26 to 0.4."""
COMPARED = 12
"""Members, evenly out of all, that others are compared with."""


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """x_family = Q (x_input - center) scale, in float64.

    rotation : Q (3, 3), proper;  similarity : center and scale
    """

    rotation: np.ndarray
    similarity: Similarity

    def to_family(self, points: np.ndarray) -> np.ndarray:
        """(n, 3) input frame → (n, 3) float64 family frame."""
        return self.similarity.to_unit(points) @ self.rotation.T

    def to_input(self, points: np.ndarray) -> np.ndarray:
        """(n, 3) family frame → (n, 3) float64 input frame."""
        return self.similarity.to_input(np.asarray(points, dtype=np.float64) @ self.rotation)

    @property
    def scale(self) -> float:
        """Family lengths per input unit."""
        return self.similarity.scale

    def between(self, other: Pose, share: float) -> Pose:
        """A pose on the way to another, as this one is turned: sizes grow geometrically."""
        center = (1 - share) * self.similarity.center + share * other.similarity.center
        return Pose(self.rotation, Similarity(center, self.scale ** (1 - share) * other.scale**share))


def quarter_turns() -> np.ndarray:
    """(24, 3, 3) the rotations that take the axes to axes; the identity is the first."""
    found = []
    for order, signs in product(permutations(range(3)), product((1.0, -1.0), repeat=3)):
        turned = np.diag(signs)[list(order)]
        if np.linalg.det(turned) > 0:
            found.append(turned)
    return np.array(found)


def rotations_of(clouds: list[np.ndarray]) -> list[np.ndarray]:
    """For each cloud (k, 3) about its origin a rotation that brings it nearest to the family's most typical one.

    Tried are quarter turns as it stands, and from its principal directions to the reference's; a cloud that does not
    come clearly nearer by one stays as it is.
    """
    reference = typical(clouds)
    return [rotation_to(reference, cloud) for cloud in clouds]


def typical(clouds: list[np.ndarray]) -> np.ndarray:
    """The cloud that is least far from all others, of COMPARED."""
    some = _some(clouds)
    return min(some, key=lambda cloud: sum(_distance(cloud, other) for other in some))


def strangers(clouds: list[np.ndarray]) -> list[int]:
    """Which clouds, as they are turned, are like none of the others."""
    some = _some(clouds)
    nearest = [min(_distance(cloud, other) for other in some if other is not cloud) for cloud in clouds]
    return [number for number, distance in enumerate(nearest) if distance > STRANGE]


def _some(clouds: list[np.ndarray]) -> list[np.ndarray]:
    found = clouds[:: -(-len(clouds) // COMPARED)]
    return found if len(found) > 1 else clouds


def rotation_to(reference: np.ndarray, cloud: np.ndarray) -> np.ndarray:
    """(3, 3) what turns the cloud to the reference; the identity where it stands as that does."""
    own, theirs = _principal(cloud), _principal(reference)
    turns = quarter_turns()
    tried = np.concatenate([turns, theirs @ turns @ own.T])
    distances = [_distance(cloud @ turn.T, reference) for turn in tried]
    best = int(np.argmin(distances))
    return tried[best] if distances[best] < CLEARLY * distances[0] else np.eye(3)


def _principal(cloud: np.ndarray) -> np.ndarray:
    """(3, 3) proper: the principal directions as columns."""
    _, vectors = np.linalg.eigh(np.cov(cloud.T))
    return vectors * np.sign(np.linalg.det(vectors))


def _distance(a: np.ndarray, b: np.ndarray) -> float:
    """Mean distance of two clouds' points to each other's nearest, both ways."""
    from scipy.spatial import KDTree

    return float(KDTree(b).query(a)[0].mean() + KDTree(a).query(b)[0].mean())
