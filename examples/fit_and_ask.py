"""A mesh becomes a field: fitted, asked for distances, and its surface taken out again as a clean closed mesh.

python examples/fit_and_ask.py [MESH] [STEPS]
"""

import sys

import numpy as np

import shapefield as sf

mesh = sys.argv[1] if len(sys.argv) > 1 else "sample_meshes/knot.ply"
steps = int(sys.argv[2]) if len(sys.argv) > 2 else 500

result = sf.fit(mesh, steps=steps, resolution=128, progress=True)
print(result)
print("losses fell from", result.history[0]["distance"], "to", result.history[-1]["distance"])

low, high = sf.read_mesh(mesh).bounds
points = np.random.default_rng(0).uniform(low, high, (1000, 3))
distances = result.field(points)  # negative inside, in the mesh's own units
print(f"{(distances < 0).mean():.0%} of the bounding box is inside")

surface = result.mesh(resolution=192).to_trimesh()
print("closed:", surface.is_watertight, "volume:", round(surface.volume, 4))
result.save("example.field")
assert np.array_equal(sf.load("example.field").field(points), distances)
