"""The checkpoints page: files that others made, opened and looked into."""
