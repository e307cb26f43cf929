"""Every command of the NeRF scene tab in one table."""

from __future__ import annotations

from shapefield_gui.widgets.actions import Command

COMMANDS = (
    Command("open", "File", "&Open folder …", "Ctrl+O", "A folder of posed pictures, or a RUN folder"),
    Command("open_file", "File", "Open &file …", "Ctrl+Alt+O", "A transforms.json or a poses_bounds.npy"),
    Command("-", "File", ""),
    Command("export_mesh", "File", "&Export mesh …", "Ctrl+E", "PLY, GLB, OBJ and others, with colours"),
    Command("export_points", "File", "Export &points …", "Ctrl+P", "A coloured point cloud as PLY"),
    Command("to_shape", "File", "Open mesh in the &Shape tab", "Ctrl+Alt+M", "Take the mesh out and go on with it"),
    Command("save_run", "File", "Save &run …", "Ctrl+S", "The trained field, to be opened again"),
    Command("film", "File", "Export &video …", "Ctrl+T", "The camera path as MP4 or GIF"),
    Command("-", "File", ""),
    Command("screenshot", "File", "Export p&icture …", "Ctrl+Shift+S", "The view as PNG"),
    Command(
        "copy_command", "Edit", "&Copy as command", "Ctrl+Shift+C", "The shapefield line that trains as it is set here"
    ),
    Command(
        "copy_export",
        "Edit",
        "Copy &export as command",
        "Ctrl+Alt+X",
        "The shapefield line that exports as it is set here",
    ),
    Command("uncrop", "Edit", "&Reset crop box", "Ctrl+B", "The whole box again"),
    Command("fit_view", "View", "&Fit to view", "F", "The box fills the view"),
    Command("all_cameras", "View", "Show &all cameras", "A", "The box and every camera in the view"),
    Command("front", "View", "F&ront", "1"),
    Command("back", "View", "&Back", "Ctrl+1"),
    Command("right", "View", "&Right", "3"),
    Command("left", "View", "&Left", "Ctrl+3"),
    Command("top", "View", "&Top", "7"),
    Command("iso", "View", "&Iso", "0", "From above, at an angle"),
    Command("-", "View", ""),
    Command("previous", "View", "Stand in the &previous camera", ","),
    Command("next", "View", "Stand in the &next camera", "."),
    Command("cameras", "View", "&Cameras", "M", "The dataset's cameras", True, "", True),
    Command("box", "View", "Bo&x", "B", "The box that holds the scene", True, "", True),
    Command("-", "View", ""),
    Command("colour", "View", "Co&lour", "L", "What the camera sees", True, "show", True),
    Command("depth", "View", "&Depth", "D", "Distance along the ray, near is bright", True, "show"),
    Command("opacity", "View", "Opacit&y", "O", "How much light each ray loses", True, "show"),
    Command("normals", "View", "&Normals", "N", "Directions of the surface as colours", True, "show"),
    Command("-", "View", ""),
    Command("keyframe", "Run", "Add &keyframe", "K", "The path goes through where you stand now"),
    Command("-", "Run", ""),
    Command("train", "Run", "&Train", "F5 | Ctrl+Return", "Learn the scene from its pictures"),
    Command("pause", "Run", "&Pause", "Space", "Hold the training; nothing is lost"),
    Command("ask_stop", "Run", "S&top …", "Esc", "Ask, then stop learning and keep what has been learnt"),
    Command("stop", "Run", "&Stop and keep", "Ctrl+.", "Stop learning and keep what has been learnt"),
    Command(
        "discard", "Run", "&Discard the training", "Ctrl+Shift+Backspace", "Stop and throw away what has been learnt"
    ),
)

VIEW_ONLY = {"pause"}
"""Space belongs to the controls elsewhere: it pauses while the view has the focus."""

PRESETS = ("front", "back", "right", "left", "top", "iso")
