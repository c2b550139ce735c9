"""Settings of a run, a loss, a lens, a view, a board: words, bounds, text in a link."""
