"""What the machine has and lends: devices, threads, memory, compiled loops."""
