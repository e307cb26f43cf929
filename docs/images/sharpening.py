"""Makes sharpening.webp, the film in README.md: one mesh fitted with 4, 8, 16 … steps, each fit a frame.

python docs/images/sharpening.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import shapefield as sf
from shapefield.errors import ShapefieldError

HERE = Path(__file__).parent
MESH = HERE.parents[1] / "sample_meshes" / "knot.ply"
STEPS = [2**k for k in range(2, 12)]
METHOD = {"method": "posenc", "samples": 100_000, "resolution": 128}
SIZE = 420
PAPER, INK, CLAY = (250, 250, 248), (40, 40, 40), np.array([196.0, 120.0, 80.0])
LIGHT = np.array([-0.4, -0.5, 0.8]) / np.linalg.norm([-0.4, -0.5, 0.8])
AHEAD = np.array([0.35, 0.75, -0.55]) / np.linalg.norm([0.35, 0.75, -0.55])


def drawn(mesh: sf.Mesh, center: np.ndarray, radius: float) -> Image.Image:
    """The mesh in parallel projection, matt, twice as large and scaled down."""
    import open3d as o3d

    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(np.float32(mesh.vertices), np.uint32(mesh.faces))
    right = np.cross(AHEAD, [0, 0, 1])
    right /= np.linalg.norm(right)
    up = np.cross(right, AHEAD)
    u, v = np.meshgrid(*2 * (np.linspace(-1.1, 1.1, 2 * SIZE) * radius,))
    origins = center - 3 * radius * AHEAD + u[..., None] * right - v[..., None] * up
    rays = np.concatenate([origins, np.broadcast_to(AHEAD, origins.shape)], axis=-1).astype(np.float32)
    found = scene.cast_rays(rays)
    hit, normals = np.isfinite(found["t_hit"].numpy()), found["primitive_normals"].numpy()
    normals *= -np.sign(normals @ AHEAD)[..., None]
    shade = 0.3 + 0.7 * np.clip(normals @ LIGHT, 0, 1)
    pixels = np.where(hit[..., None], shade[..., None] * CLAY, PAPER).clip(0, 255).astype(np.uint8)
    return Image.fromarray(pixels).resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def main() -> None:
    given = sf.read_mesh(MESH)
    bare = sf.Mesh(given.vertices, given.faces, name=given.name)
    low, high = bare.vertices.min(axis=0), bare.vertices.max(axis=0)
    center, radius = (low + high) / 2, float(np.linalg.norm(high - low)) / 2
    frames = []
    for steps in STEPS:
        try:
            result = sf.fit(bare, steps=steps, **METHOD)
            picture = drawn(result.mesh(resolution=128), center, radius)
        except ShapefieldError:  # so early there may be no surface
            continue
        text = f"{steps} steps: mean error {result.report['quality']['mean']:.1e} R"
        ImageDraw.Draw(picture).text((12, SIZE - 30), text, INK, ImageFont.load_default(16))
        frames.append(picture)
    held = [700] * (len(frames) - 1) + [2500]
    frames[0].save(HERE / "sharpening.webp", save_all=True, append_images=frames[1:], duration=held, loop=0, quality=80)


if __name__ == "__main__":
    main()
