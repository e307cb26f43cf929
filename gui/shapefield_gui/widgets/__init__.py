"""Widgets that every tab uses: docks, actions, options made from dataclasses, plots, notices, palette, run bar."""
