"""Triangle meshes: the data itself, reading, writing, and what a doctor says about one."""
