"""What the tab knows; no Qt."""
