"""The Family tab: a trained family as a map of its members, surfaces between them live, scans completed, training."""
