"""The one training loop, its optimiser, its losses, and how a run is continued."""
