"""The compare page: several losses from one start."""
