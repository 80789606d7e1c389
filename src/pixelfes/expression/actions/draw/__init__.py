"""Draw a face that facial actions change: its skin, its eyes, the inside of its mouth."""
