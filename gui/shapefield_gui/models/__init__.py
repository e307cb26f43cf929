"""What the window shows and what runs, without Qt."""
