"""One job over thousands of meshes: what is to be done, warm processes that do it, and a manifest of what became of it.

Given files → entries (a name in the tree each) → tasks (what is missing or changed) → an engine → records → manifest.
"""
