"""One fit of a mesh from file to report: its stages in the order they run."""
