"""The docks of the Shape tab."""
