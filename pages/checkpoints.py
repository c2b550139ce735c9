"""What is in a checkpoint, its features on images, and the difference of two."""

from web.checkpoints import page
from web.frozen.offer import offer

page.read_address()
shown = page.pick()
if shown is not None:
    panel, asked = page.head(shown)
    if panel == "card":
        page.overview(shown, asked)
    elif panel == "inside":
        page.inside_panel(shown)
    elif panel == "away":
        page.take_away(shown, asked)
        offer(page.features_run(shown, asked), "checkpoints")
    elif panel == "two":
        page.two_panel(shown, asked)
    elif asked is None:
        page.needs_a_network()
    elif panel == "features":
        page.features_panel(shown, asked)
    elif panel == "classes":
        page.classes_panel(shown, asked)
    else:
        page.course_panel(shown, asked)
page.write_address()
