"""Every command of the Shape tab in one table: menu, words, shortcut. Menus, buttons and palette are made from it."""

from __future__ import annotations

from shapefield_gui.widgets.actions import MenuCommand

COMMANDS = (
    MenuCommand("open", "File", "&Open …", "Ctrl+O", "Open a mesh, a .field or an interrupted run's checkpoint"),
    MenuCommand("open_reference", "File", "Open the &reference mesh …", "Ctrl+Shift+O", "The mesh it was fitted to"),
    MenuCommand("-", "File", ""),
    MenuCommand(
        "export_mesh", "File", "&Export mesh …", "Ctrl+E", "PLY, OBJ, STL, OFF, GLB or 3MF, in the input's units"
    ),
    MenuCommand("export_field", "File", "Export &field …", "Ctrl+S", "The .field file: the surface at any resolution"),
    MenuCommand("export_json", "File", "Export report (&JSON) …", "Ctrl+J", "Every figure, for programs"),
    MenuCommand(
        "export_html", "File", "Export report (&page) …", "Ctrl+Shift+E", "A self-contained page with pictures"
    ),
    MenuCommand("-", "File", ""),
    MenuCommand("screenshot", "File", "Export &picture …", "Ctrl+Shift+S", "The view as PNG, twice its size"),
    MenuCommand("turntable", "File", "Export &turntable …", "Ctrl+T", "One turn of the view as MP4 or GIF"),
    MenuCommand("undo", "Edit", "&Undo", "Ctrl+Z", "Take back the last change of a setting, a crop or a surface"),
    MenuCommand("redo", "Edit", "Re&do", "Ctrl+Shift+Z | Ctrl+Y", "Do again what was taken back"),
    MenuCommand("-", "Edit", ""),
    MenuCommand(
        "copy_command", "Edit", "&Copy as command", "Ctrl+Shift+C", "The shapefield line that does what is set here"
    ),
    MenuCommand("copy_picture", "Edit", "Copy &picture", "Ctrl+Alt+C", "The view, into the clipboard"),
    MenuCommand("transparent", "Edit", "&Transparent pictures", "Ctrl+Alt+T", "Without a background", True),
    MenuCommand("fit_view", "View", "&Fit to view", "F", "The whole mesh in the picture"),
    MenuCommand("front", "View", "F&ront", "1"),
    MenuCommand("back", "View", "&Back", "Ctrl+1"),
    MenuCommand("right", "View", "&Right", "3"),
    MenuCommand("left", "View", "&Left", "Ctrl+3"),
    MenuCommand("top", "View", "&Top", "7"),
    MenuCommand("bottom", "View", "B&ottom", "Ctrl+7"),
    MenuCommand("iso", "View", "&Iso", "0", "From above, at an angle"),
    MenuCommand("ortho", "View", "&Orthographic", "5", "Parallel lines stay parallel", checkable=True),
    MenuCommand("z_up", "View", "&Z is up", "Z", "Off: Y is up", checkable=True),
    MenuCommand("-", "View", ""),
    MenuCommand("lit", "View", "&Clay", "L", "Lit, plain material", True, "shading", True),
    MenuCommand("heat", "View", "&Error colours", "H", "Distance to the original, by colour", True, "shading"),
    MenuCommand("colors", "View", "&Vertex colours", "C", "The mesh's own colours", True, "shading"),
    MenuCommand("normals", "View", "&Normals", "N", "Directions of the surface as colours", True, "shading"),
    MenuCommand("edges", "View", "&Wireframe", "W", "The triangles' edges", checkable=True),
    MenuCommand("-", "View", ""),
    MenuCommand("original", "View", "Ori&ginal", "Ctrl+F1", "The mesh as it was opened", True, "mode", True),
    MenuCommand("fitted", "View", "Fitte&d", "Ctrl+F2", "The surface out of the field", True, "mode"),
    MenuCommand("both", "View", "Bot&h", "Ctrl+F3", "One over the other, with a slider", True, "mode"),
    MenuCommand("side", "View", "&Side by side", "Ctrl+F4", "Two views that turn together", True, "mode"),
    MenuCommand("split", "View", "S&plit", "Ctrl+F5", "Original left of a line, fitted right of it", True, "mode"),
    MenuCommand("marks", "View", "&Repairs", "Ctrl+F6", "What is done to the mesh, in colours", True, "mode"),
    MenuCommand("swap", "View", "Original / fitted", "Tab", "Flip between the two"),
    MenuCommand("-", "View", ""),
    MenuCommand("slice_back", "View", "Slice bac&k", "[", "Move the cutting plane back"),
    MenuCommand("slice_on", "View", "Slice &forward", "]", "Move the cutting plane forward"),
    MenuCommand("fit", "Run", "&Fit", "F5 | Ctrl+Return", "Learn the mesh, then take its surface out"),
    MenuCommand("repair", "Run", "&Repair", "F6", "The closed mesh that the file means, without training"),
    MenuCommand("pause", "Run", "&Pause", "Space", "Hold the fit; nothing is lost"),
    MenuCommand("ask_stop", "Run", "S&top …", "Esc", "Ask, then stop learning and keep what has been learnt"),
    MenuCommand("stop", "Run", "&Stop and keep", "Ctrl+.", "Stop learning; the surface is taken out of what there is"),
    MenuCommand(
        "discard", "Run", "&Discard the fit", "Ctrl+Shift+Backspace", "Stop and throw away what has been learnt"
    ),
    MenuCommand("-", "Run", ""),
    MenuCommand("extract", "Run", "Take surface &again", "Ctrl+R", "With what the Surface panel has set"),
    MenuCommand("compare", "Run", "&Compare methods …", "Ctrl+M", "Fit the same mesh with several methods"),
    MenuCommand("compare_stop", "Run", "Stop the compariso&n", "Ctrl+Shift+M", "What is finished stays in the list"),
    MenuCommand("-", "Run", ""),
    MenuCommand("fit_all", "Run", "Fit a&ll files", "Shift+F5", "All files of the list of which nothing is made yet"),
    MenuCommand(
        "repair_all", "Run", "Repair all files", "Shift+F6", "All files of the list of which nothing is made yet"
    ),
    MenuCommand("stop_all", "Run", "Stop all files", "Ctrl+Alt+.", "What is done stays in the list"),
    MenuCommand("-", "Edit", ""),
    MenuCommand("result_side", "Edit", "Compare &results", "Ctrl+Shift+R", "The selected ones side by side, by error"),
    MenuCommand("result_differ", "Edit", "&Difference", "Ctrl+Shift+D", "How far two surfaces are from each other"),
    MenuCommand(
        "result_export",
        "Edit",
        "Export result …",
        "Ctrl+Alt+E",
        "The selected result's mesh; of several all, into a folder",
    ),
    MenuCommand("result_rename", "Edit", "Re&name result …", "F2", "Call the selected result something else"),
    MenuCommand(
        "result_delete", "Edit", "De&lete results", "Ctrl+Del", "The selected ones; it can be undone for 7 days"
    ),
)

VIEW_ONLY = frozenset({"swap", "pause"})
"""Tab and Space belong to the controls elsewhere: these shortcuts hold while the 3D view has the focus."""
