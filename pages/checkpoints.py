"""What is in a checkpoint, its features on images, and the difference of two."""

from web import checking

checking.read_address()
shown = checking.pick()
if shown is not None:
    panel = checking.title_and_panel(shown)
    if panel == "card":
        checking.card_panel(shown)
    elif panel == "features":
        checking.features_panel(shown)
    elif panel == "two":
        checking.two_panel(shown)
    elif panel == "inside":
        checking.inside_panel(shown)
    else:
        checking.take_away(shown)
checking.write_address()
