"""A text as the browser says it in German, and what of it the table lacks."""

from tests import browser_code
from web.settings import language

TRANSLATED = """
const { Language } = await load('language.js');
const language = new Language(data.table);
const lacking = [];
language.onmissing = (text) => lacking.push(text);
return [language.translate(data.text), lacking];
"""


def in_german(text):
    """The text, and its parts that stay English."""
    data = {"table": language.table("de"), "text": text}
    german, lacking = browser_code.run(TRANSLATED, data, folder="web/kit")
    return german, lacking
