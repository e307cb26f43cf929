"""What the tab's child processes do, and the records they speak in."""
