"""Frames and packets: decoding, colours, encoding, and streams that are copied; all that touches PyAV."""
