"""What a photo shows of a face: its light, its sharpness, what covers its skin, and whether its mouth shows teeth."""
