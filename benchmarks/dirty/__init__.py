"""Dirty meshes made from clean ones, repaired by shapefield and by its peers: who gives the clean one back?

defects.py     clean mesh → the same mesh damaged, by kind and severity
ours.py        shapefield's repair and fit, and the process that one of them runs in
peers.py       the peers, and the process that one of them runs in: it imports nothing of shapefield
environment.py the virtual environment that the peers have for themselves
worker.py      such a process from outside, so that a crash costs one case
scoring.py     closed? manifold? how far from the clean mesh?
table.py       rows → Markdown
suite.py       the run
"""

from benchmarks.dirty.suite import main

__all__ = ["main"]
