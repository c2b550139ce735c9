"""The Learn page, and the lessons that lead through the other pages."""
