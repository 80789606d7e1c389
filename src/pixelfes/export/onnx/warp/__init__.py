"""Warp a part of a photo in an ONNX graph: triangles, where pixels come from, what is read between them."""
