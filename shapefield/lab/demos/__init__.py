"""The demonstrations this field is taught with: one short file each, to be read (`shapefield demo NAME --code`).

`lab.experiments` lists them; every one is `run(options)`, a generator of what it shows.
"""
