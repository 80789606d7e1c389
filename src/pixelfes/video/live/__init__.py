"""A camera, changed as it runs: in a window, or as a virtual camera. No frame is stored."""
