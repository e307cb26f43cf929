"""Every command of the Family tab in one table: menu, words, shortcut."""

from __future__ import annotations

from shapefield_gui.widgets.actions import Command

COMMANDS = (
    Command("open", "File", "&Open a family …", "Ctrl+O", "A .family file, as shapefield family fit writes one"),
    Command("train", "File", "&Train a family …", "Ctrl+N", "One network for a folder of meshes of one kind"),
    Command("complete", "File", "&Complete a scan …", "Ctrl+I", "A partial mesh or cloud, made whole by the family"),
    Command("save", "File", "Export &mesh …", "Ctrl+E", "The surface that is shown, in its own units"),
    Command("copy_command", "Edit", "&Copy as command", "Ctrl+Shift+C", "The shapefield line that does the same"),
    Command("level", "View", "&Turn back", "R", "The view as it was at first"),
    Command("finish", "Run", "&Finish now", "Ctrl+Return", "Take what the training has learnt so far"),
    Command("stop", "Run", "&Stop", "Esc", "End the training; what it has learnt is kept for family fit --resume"),
    Command("reset", "Run", "All directions to &0", "Ctrl+D", "The member or the point of the map alone"),
)
