"""Facial actions as an ONNX graph: how they add up, where points go, skin, the inside of the mouth, eyes."""
