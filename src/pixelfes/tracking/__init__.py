"""Faces through time: which face is which, where its landmarks are without jitter, and read-outs that do not flicker."""
