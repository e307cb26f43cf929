"""The desktop program: open a mesh, watch it being learnt, see where it is wrong, export it.

window.py, tabs.py   the window and its tabs; theme.py its colours; app.py starts it
shape/               the Shape tab;  every other tab is a package of its own with a page.py
view/                the 3D view that the tabs share;  widgets/  small parts that they share
models/              what is shown and what runs; knows no Qt
children/            the two kinds of child processes (engine, renderer) and how they are talked to; knows no Qt
"""
