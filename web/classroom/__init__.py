"""A class: followers see what their teacher looks at, and answer what the teacher asks."""
