"""A fit as a stream of events: watched, paused by not asking, and ended early when the loss is low enough.

python examples/follow_a_fit.py
"""

import shapefield as sf
from shapefield.events import FINISH, Done, Notice, Preview, Progress, Stage

events = sf.reconstruct("sample_meshes/knot.ply", sf.fit_config(steps=5000, resolution=96), previews=0.2)
event, command = next(events), None
while True:
    if isinstance(event, Stage):
        print("stage", event.name, event.detail)
    elif isinstance(event, Preview):
        print(f"  after {event.step} steps the surface has {len(event.faces):,} faces")
    elif isinstance(event, Notice):
        print("  note:", event.message)
    elif isinstance(event, Done):
        break
    # five hundred steps are enough here; what follows is done as if they had been all
    enough = isinstance(event, Progress) and event.stage == "training" and event.done >= 500
    event = events.send(FINISH if enough else None)
print("ended at step", event.result.run["steps_done"], "of", event.result.run["steps"])
print("the same bytes again:", event.result.run["command"])
