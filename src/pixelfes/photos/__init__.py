"""Photo files: decoding within limits, encoding, and the metadata that mark a photo as made by software."""
