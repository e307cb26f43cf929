"""Real meshes, trouble first, given to `shapefield repair`, and judged by code outside of it.

sources.py   packages → mesh files in a cache folder, by the packages' own clients; nothing of them is kept here
choosing.py  mesh files → the most troublesome ones, each shape once
worker.py    the process that mends one file, so that a crash or a hang costs one row
judging.py   input and result → what of the visible surface is lost or added, by Open3D's rays alone
pictures.py  input and result side by side, the back of a face red
table.py     rows → Markdown
"""

from benchmarks.real.suite import main

__all__ = ["main"]
