"""What is cited from the page is what CITATION.cff says."""

import re
from pathlib import Path

from tests import browser_code

CFF = (Path(__file__).parents[1] / "CITATION.cff").read_text()
AUTHOR = r"family-names: (\S+), given-names: (\S+) \}"


def test_the_citation_names_the_app_and_the_papers_as_the_citation_file_does():
    text = browser_code.run("return (await load('citation.js')).CITATION", None, "web/kit")
    app, *papers = re.split(r"\n(?=@)", text)
    head, *references = CFF.split("  - type: article\n")
    for key in ("title", "version"):
        assert f"{{{re.search(rf'^{key}: (.+)$', head, re.M)[1]}}}" in app
    assert len(papers) == len(references) == 2
    for entry, known in zip(papers, references, strict=True):
        authors = " and ".join(", ".join(name) for name in re.findall(AUTHOR, known))
        assert f"author = {{{authors}}}" in entry
        for key, said in re.findall(r"^    (title|year|url|journal): (.+)$", known, re.M):
            assert f"{key} = {{{said}}}" in entry
