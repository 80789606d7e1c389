"""Detect faces and their landmarks with MediaPipe, and cache the landmarks."""
