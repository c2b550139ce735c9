"""Settings of a run, a loss, a lens, a view, a board: words, bounds, text in a link."""

from web.settings import fields, more_losses

fields.LOSS_TITLES |= more_losses.TITLES
fields.LOSS_MEANINGS |= more_losses.MEANINGS
fields.OWN_FIELDS |= more_losses.NEW_FIELDS
fields.LABELLED |= set(more_losses.LABELLED)
