"""What a face shows, action by action."""
