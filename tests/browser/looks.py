"""What a person sees at once: where parts of the page lie."""

ACTS = ("Start", "Pause", "Resume", "Step", "Stop", "Reset")  # the names of the run's buttons
HELD = {"step": 380}  # a moment of the recorded run; nothing plays


def inside(box, width, height):
    return (
        box["x"] >= 0
        and box["y"] >= 0
        and box["x"] + box["width"] <= width
        and box["y"] + box["height"] <= height
    )


def apart(a, b):
    return (
        a["x"] + a["width"] <= b["x"] + 1
        or b["x"] + b["width"] <= a["x"] + 1
        or a["y"] + a["height"] <= b["y"] + 1
        or b["y"] + b["height"] <= a["y"] + 1
    )
