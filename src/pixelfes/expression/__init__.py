"""The pipeline: from pairs of photos to a model, and from a photo to a photo with another expression."""
