"""The paper, laid out again: Akram and Khan, "Pixel-based Facial Expression Synthesis", ICPR 2020."""
