"""How bytes get onto the disk and back: whole or not at all, small, and safe to read from strangers."""
