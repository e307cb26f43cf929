"""Every command of the Shape tab in one table: menu, words, shortcut. Menus, buttons and palette are made from it."""

from __future__ import annotations

from shapefield_gui.widgets.actions import Command

COMMANDS = (
    Command("open", "File", "&Open …", "Ctrl+O", "Open a mesh, a .field or an interrupted run's checkpoint"),
    Command("open_reference", "File", "Open the &reference mesh …", "Ctrl+Shift+O", "The mesh it was fitted to"),
    Command("-", "File", ""),
    Command("export_mesh", "File", "&Export mesh …", "Ctrl+E", "PLY, OBJ, STL, OFF, GLB or 3MF, in the input's units"),
    Command("export_field", "File", "Export &field …", "Ctrl+S", "The .field file: the surface at any resolution"),
    Command("export_json", "File", "Export report (&JSON) …", "Ctrl+J", "Every figure, for programs"),
    Command("export_html", "File", "Export report (&page) …", "Ctrl+Shift+E", "A self-contained page with pictures"),
    Command("-", "File", ""),
    Command("screenshot", "File", "Export &picture …", "Ctrl+Shift+S", "The view as PNG, twice its size"),
    Command("turntable", "File", "Export &turntable …", "Ctrl+T", "One turn of the view as MP4 or GIF"),
    Command(
        "copy_command", "Edit", "&Copy as command", "Ctrl+Shift+C", "The shapefield line that does what is set here"
    ),
    Command("copy_picture", "Edit", "Copy &picture", "Ctrl+Alt+C", "The view, into the clipboard"),
    Command("transparent", "Edit", "&Transparent pictures", "Ctrl+Alt+T", "Without a background", True),
    Command("fit_view", "View", "&Fit to view", "F", "The whole mesh in the picture"),
    Command("front", "View", "F&ront", "1"),
    Command("back", "View", "&Back", "Ctrl+1"),
    Command("right", "View", "&Right", "3"),
    Command("left", "View", "&Left", "Ctrl+3"),
    Command("top", "View", "&Top", "7"),
    Command("bottom", "View", "B&ottom", "Ctrl+7"),
    Command("iso", "View", "&Iso", "0", "From above, at an angle"),
    Command("ortho", "View", "&Orthographic", "5", "Parallel lines stay parallel", checkable=True),
    Command("z_up", "View", "&Z is up", "Z", "Off: Y is up", checkable=True),
    Command("-", "View", ""),
    Command("lit", "View", "&Clay", "L", "Lit, plain material", True, "shading", True),
    Command("heat", "View", "&Error colours", "H", "Distance to the original, by colour", True, "shading"),
    Command("colors", "View", "&Vertex colours", "C", "The mesh's own colours", True, "shading"),
    Command("normals", "View", "&Normals", "N", "Directions of the surface as colours", True, "shading"),
    Command("edges", "View", "&Wireframe", "W", "The triangles' edges", checkable=True),
    Command("-", "View", ""),
    Command("original", "View", "Ori&ginal", "Ctrl+F1", "The mesh as it was opened", True, "mode", True),
    Command("fitted", "View", "Fitte&d", "Ctrl+F2", "The surface out of the field", True, "mode"),
    Command("both", "View", "Bot&h", "Ctrl+F3", "One over the other, with a slider", True, "mode"),
    Command("side", "View", "&Side by side", "Ctrl+F4", "Two views that turn together", True, "mode"),
    Command("split", "View", "S&plit", "Ctrl+F5", "Original left of a line, fitted right of it", True, "mode"),
    Command("marks", "View", "&Repairs", "Ctrl+F6", "What is done to the mesh, in colours", True, "mode"),
    Command("swap", "View", "Original / fitted", "Tab", "Flip between the two"),
    Command("-", "View", ""),
    Command("slice_back", "View", "Slice bac&k", "[", "Move the cutting plane back"),
    Command("slice_on", "View", "Slice &forward", "]", "Move the cutting plane forward"),
    Command("fit", "Run", "&Fit", "F5 | Ctrl+Return", "Learn the mesh, then take its surface out"),
    Command("repair", "Run", "&Repair", "F6", "The closed mesh that the file means, without training"),
    Command("pause", "Run", "&Pause", "Space", "Hold the fit; nothing is lost"),
    Command("ask_stop", "Run", "S&top …", "Esc", "Ask, then stop learning and keep what has been learnt"),
    Command("stop", "Run", "&Stop and keep", "Ctrl+.", "Stop learning; the surface is taken out of what there is"),
    Command("discard", "Run", "&Discard the fit", "Ctrl+Shift+Backspace", "Stop and throw away what has been learnt"),
    Command("-", "Run", ""),
    Command("extract", "Run", "Take surface &again", "Ctrl+R", "With what the Surface panel has set"),
    Command("compare", "Run", "&Compare methods …", "Ctrl+M", "Fit the same mesh with several methods"),
    Command("compare_stop", "Run", "Stop the compariso&n", "Ctrl+Shift+M", "What is finished stays in the list"),
    Command("-", "Edit", ""),
    Command("result_side", "Edit", "Compare &results", "Ctrl+Shift+R", "The selected ones side by side, by error"),
    Command("result_differ", "Edit", "&Difference", "Ctrl+Shift+D", "How far two surfaces are from each other"),
    Command("result_export", "Edit", "Export result …", "Ctrl+Alt+E", "The selected result's mesh"),
    Command("result_rename", "Edit", "Re&name result …", "F2", "Call the selected result something else"),
    Command("result_delete", "Edit", "De&lete results", "Ctrl+Del", "The selected ones; it can be undone for 7 days"),
)

VIEW_ONLY = frozenset({"swap", "pause"})
"""Tab and Space belong to the controls elsewhere: these shortcuts hold while the 3D view has the focus."""
