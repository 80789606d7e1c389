"""The HTTP server of a study: pages and API for participants, results for the organiser, and protection from misuse."""
