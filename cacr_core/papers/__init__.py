"""What no class runs: the papers' recipes, the study over seeds, and what ships."""
