"""Every command of the Lab tab in one table: menu, words, shortcut."""

from __future__ import annotations

from shapefield_gui.widgets.actions import Command

COMMANDS = (
    Command("open", "File", "&Open a picture …", "Ctrl+O", "PNG, JPEG, WebP, TIFF: to be fitted by any method"),
    Command("open_demo", "File", "Open a &demonstration …", "Ctrl+Alt+P", "A Python file of your own, which is run"),
    Command("save_field", "File", "Export &field …", "Ctrl+S", "The network that learnt your picture, as a .field"),
    Command("save_fitted", "File", "Export the fitted p&icture …", "Ctrl+E", "What the network says of every pixel"),
    Command("save", "File", "Export &page …", "Ctrl+Shift+S", "Pictures, curves and figures as one PNG"),
    Command("copy_command", "Edit", "&Copy as command", "Ctrl+Shift+C", "The shapefield line that does the same"),
    Command("larger", "View", "&Larger text", "Ctrl++ | Ctrl+=", "For a projector"),
    Command("smaller", "View", "&Smaller text", "Ctrl+-"),
    Command("usual", "View", "&Usual text", "Ctrl+0"),
    Command("run", "Run", "&Run", "F5 | Ctrl+Return", "Run the experiment with what the sliders say"),
    Command("stop", "Run", "&Stop", "Esc", "End this run; what is shown stays"),
    Command("reset", "Run", "&Defaults", "Ctrl+D", "All sliders back to their defaults"),
)
