"""The desktop program: open a mesh, watch it being learnt, see where it is wrong, export it.

models/    what is shown and what runs; knows no Qt
children/  the two kinds of child processes (engine, renderer) and how they are talked to; knows no Qt
panels/    the docks; other modules here: the window and its parts
"""
