"""Dirty meshes made from clean ones, repaired by shapefield and by its peers: who gives the clean one back?

defects.py   clean mesh → the same mesh damaged, by kind and severity
repairers.py the programs that are compared, each one function from file to file
worker.py    the process a repairer runs in, so that a crash costs one case
scoring.py   closed? manifold? how far from the clean mesh?
table.py     rows → Markdown
"""

from benchmarks.dirty.suite import main

__all__ = ["main"]
