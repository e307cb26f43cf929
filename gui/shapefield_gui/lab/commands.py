"""Every command of the Lab tab in one table: menu, words, shortcut."""

from __future__ import annotations

from shapefield_gui.widgets.actions import MenuCommand

COMMANDS = (
    MenuCommand("open", "File", "&Open a picture …", "Ctrl+O", "PNG, JPEG, WebP, TIFF: to be fitted by any method"),
    MenuCommand(
        "open_demo", "File", "Open a &demonstration …", "Ctrl+Alt+P", "A Python file of your own, which is run"
    ),
    MenuCommand("save_field", "File", "Export &field …", "Ctrl+S", "The network that learnt your picture, as a .field"),
    MenuCommand(
        "save_fitted", "File", "Export the fitted p&icture …", "Ctrl+E", "What the network says of every pixel"
    ),
    MenuCommand("save", "File", "Export &page …", "Ctrl+Shift+S", "Pictures, curves and figures as one PNG"),
    MenuCommand("copy_command", "Edit", "&Copy as command", "Ctrl+Shift+C", "The shapefield line that does the same"),
    MenuCommand("larger", "View", "&Larger text", "Ctrl++ | Ctrl+=", "For a projector"),
    MenuCommand("smaller", "View", "&Smaller text", "Ctrl+-"),
    MenuCommand("usual", "View", "&Usual text", "Ctrl+0"),
    MenuCommand("run", "Run", "&Run", "F5 | Ctrl+Return", "Run the experiment with what the sliders say"),
    MenuCommand("stop", "Run", "&Stop", "Esc", "End this run; what is shown stays"),
    MenuCommand("reset", "Run", "&Defaults", "Ctrl+D", "All sliders back to their defaults"),
)
