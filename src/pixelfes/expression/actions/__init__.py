"""Facial actions: their names, how they add up, how a photo is changed by them, and how they are read from a face."""
