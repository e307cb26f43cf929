"""The Shape tab: open a mesh, fit a field to it, look at both, cut it, take the surface out, export.

page.py puts the tab together; layout.py places it, commands.py names what can be done, wiring.py says who does it,
and each of opening, fitting, results, comparing and exporting does one of these things. panels/ are the docks.
"""
