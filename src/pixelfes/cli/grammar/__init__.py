"""The grammar of the commands: what all of them have in common, and how their help is laid out."""
