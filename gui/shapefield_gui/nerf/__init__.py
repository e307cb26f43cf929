"""The NeRF scene tab: posed pictures in; new views, videos and a coloured mesh out."""
