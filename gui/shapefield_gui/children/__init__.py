"""Child processes: the engine's jobs and the hidden renderer. No Qt in here, on either side of the pipe."""
