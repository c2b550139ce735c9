"""Lessons, an article and the words of the field."""

from web.learn import page

page.show()
