"""Faces in photos: find landmarks, register a face to the model grid, read its light, and put the changed face back."""
