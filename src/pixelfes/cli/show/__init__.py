"""Commands that look and print: faces, models, expressions."""
