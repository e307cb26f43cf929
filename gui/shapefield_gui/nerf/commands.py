"""Every command of the NeRF scene tab in one table."""

from __future__ import annotations

from shapefield_gui.widgets.actions import MenuCommand

COMMANDS = (
    MenuCommand("open", "File", "&Open folder …", "Ctrl+O", "A folder of posed pictures, or a RUN folder"),
    MenuCommand("open_file", "File", "Open &file …", "Ctrl+Alt+O", "A transforms.json or a poses_bounds.npy"),
    MenuCommand("-", "File", ""),
    MenuCommand("export_mesh", "File", "&Export mesh …", "Ctrl+E", "PLY, GLB, OBJ and others, with colours"),
    MenuCommand("export_points", "File", "Export &points …", "Ctrl+P", "A coloured point cloud as PLY"),
    MenuCommand("to_shape", "File", "Open mesh in the &Shape tab", "Ctrl+Alt+M", "Take the mesh out and go on with it"),
    MenuCommand("save_run", "File", "Save &run …", "Ctrl+S", "The trained field, to be opened again"),
    MenuCommand("film", "File", "Export &video …", "Ctrl+T", "The camera path as MP4 or GIF"),
    MenuCommand("-", "File", ""),
    MenuCommand("screenshot", "File", "Export p&icture …", "Ctrl+Shift+S", "The view as PNG"),
    MenuCommand(
        "copy_command", "Edit", "&Copy as command", "Ctrl+Shift+C", "The shapefield line that trains as it is set here"
    ),
    MenuCommand(
        "copy_export",
        "Edit",
        "Copy &export as command",
        "Ctrl+Alt+X",
        "The shapefield line that exports as it is set here",
    ),
    MenuCommand("uncrop", "Edit", "&Reset crop box", "Ctrl+B", "The whole box again"),
    MenuCommand("fit_view", "View", "&Fit to view", "F", "The box fills the view"),
    MenuCommand("all_cameras", "View", "Show &all cameras", "A", "The box and every camera in the view"),
    MenuCommand("front", "View", "F&ront", "1"),
    MenuCommand("back", "View", "&Back", "Ctrl+1"),
    MenuCommand("right", "View", "&Right", "3"),
    MenuCommand("left", "View", "&Left", "Ctrl+3"),
    MenuCommand("top", "View", "&Top", "7"),
    MenuCommand("iso", "View", "&Iso", "0", "From above, at an angle"),
    MenuCommand("-", "View", ""),
    MenuCommand("previous", "View", "Stand in the &previous camera", ","),
    MenuCommand("next", "View", "Stand in the &next camera", "."),
    MenuCommand("cameras", "View", "&Cameras", "M", "The dataset's cameras", True, "", True),
    MenuCommand("box", "View", "Bo&x", "B", "The box that holds the scene", True, "", True),
    MenuCommand("-", "View", ""),
    MenuCommand("colour", "View", "Co&lour", "L", "What the camera sees", True, "show", True),
    MenuCommand("depth", "View", "&Depth", "D", "Distance along the ray, near is bright", True, "show"),
    MenuCommand("opacity", "View", "Opacit&y", "O", "How much light each ray loses", True, "show"),
    MenuCommand("normals", "View", "&Normals", "N", "Directions of the surface as colours", True, "show"),
    MenuCommand("-", "View", ""),
    MenuCommand("keyframe", "Run", "Add &keyframe", "K", "The path goes through where you stand now"),
    MenuCommand("-", "Run", ""),
    MenuCommand("train", "Run", "&Train", "F5 | Ctrl+Return", "Learn the scene from its pictures"),
    MenuCommand("pause", "Run", "&Pause", "Space", "Hold the training; nothing is lost"),
    MenuCommand("ask_stop", "Run", "S&top …", "Esc", "Ask, then stop learning and keep what has been learnt"),
    MenuCommand("stop", "Run", "&Stop and keep", "Ctrl+.", "Stop learning and keep what has been learnt"),
    MenuCommand(
        "discard", "Run", "&Discard the training", "Ctrl+Shift+Backspace", "Stop and throw away what has been learnt"
    ),
)

VIEW_ONLY = {"pause"}
"""Space belongs to the controls elsewhere: it pauses while the view has the focus."""

PRESETS = ("front", "back", "right", "left", "top", "iso")
