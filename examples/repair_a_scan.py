"""A mesh with a hole and with crossing parts becomes the solid that it means, without training; every repair is told.

python examples/repair_a_scan.py
"""

import trimesh

import shapefield as sf

body = trimesh.creation.icosphere(subdivisions=3, radius=10.0)
body.update_faces([k > 40 for k in range(len(body.faces))])  # a hole
pin = trimesh.creation.cylinder(radius=2.0, height=30.0)  # through the body
found = sf.repair(trimesh.util.concatenate([body, pin]))

print("open before:", not trimesh.util.concatenate([body, pin]).is_watertight)
for one in found.record:
    print(f"{one.kind.value}: {one.count} faces, {one.share:.1%} of the surface, at {[round(c, 1) for c in one.place]}")
mended = found.mesh.to_trimesh()
print("closed now:", mended.is_watertight, "volume:", round(mended.volume, 1))
