"""What is in a checkpoint, its features on images, and the difference of two."""

from web.checkpoints import page

page.read_address()
shown = page.pick()
if shown is not None:
    panel = page.title_and_panel(shown)
    if panel == "card":
        page.card_panel(shown)
    elif panel == "features":
        page.features_panel(shown)
    elif panel == "two":
        page.two_panel(shown)
    elif panel == "course":
        page.course_panel(shown)
    elif panel == "inside":
        page.inside_panel(shown)
    else:
        page.take_away(shown)
page.write_address()
