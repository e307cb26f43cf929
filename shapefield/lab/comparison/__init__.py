"""Methods compared on one's own data: every fit in a process of its own, a table, curves, pictures and a guide.

plan → cases → rows → (summary, guide) → csv, tex, toml, page
"""
