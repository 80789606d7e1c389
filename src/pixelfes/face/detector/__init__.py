"""Detect faces and their landmarks with networks in ONNX Runtime, and cache the landmarks."""
