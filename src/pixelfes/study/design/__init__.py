"""The design of a study: its pictures and questions, the trials of each participant, and the texts they read."""
