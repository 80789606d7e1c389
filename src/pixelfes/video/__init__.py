"""Clips: decoding within limits, changing frame by frame, and encoding with sound, times, colours and the mark kept."""
