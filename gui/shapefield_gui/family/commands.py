"""Every command of the Family tab in one table: menu, words, shortcut."""

from __future__ import annotations

from shapefield_gui.widgets.actions import MenuCommand

COMMANDS = (
    MenuCommand("open", "File", "&Open a family …", "Ctrl+O", "A .family file, as shapefield family fit writes one"),
    MenuCommand(
        "train", "File", "&Train a family …", "F5 | Ctrl+Return", "One network for a folder of meshes of one kind"
    ),
    MenuCommand(
        "complete", "File", "&Complete a scan …", "Ctrl+I", "A partial mesh or cloud, made whole by the family"
    ),
    MenuCommand("export_mesh", "File", "Export &mesh …", "Ctrl+E", "The surface that is shown, in its own units"),
    MenuCommand("copy_command", "Edit", "&Copy as command", "Ctrl+Shift+C", "The shapefield line that does the same"),
    MenuCommand("level", "View", "&Turn back", "R", "The view as it was at first"),
    MenuCommand("finish", "Run", "&Finish now", "Ctrl+.", "Take what the training has learnt so far"),
    MenuCommand("stop", "Run", "&Stop", "Esc", "End the training; what it has learnt is kept for family fit --resume"),
    MenuCommand("reset", "Run", "All directions to &0", "Ctrl+D", "The member or the point of the map alone"),
)
