"""`python -m cacr_core embed` and `diff`: a checkpoint's features, two checkpoints compared."""
