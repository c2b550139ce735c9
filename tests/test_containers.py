"""What is said to builders and hosts of containers agrees with what the app reads and serves."""

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.reached import reached
from tools.clean_root import CleanRoot, instructions
from tools.environment import beside_torch, megabytes
from web.shell import hosts

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def said(word):
    return [rest for known, rest in instructions(DOCKERFILE) if known == word]


def variables_read():
    """Environment variables of our own that some module reads."""
    texts = (
        path.read_text() for room in ("web", "cacr_core") for path in ROOT.glob(f"{room}/**/*.py")
    )
    return {name for text in texts for name in re.findall(r'"(CACR_[A-Z_]+)"', text)}


def variables_set(text):
    return set(re.findall(r"CACR_[A-Z_]+", text))


def test_instructions_join_lines_and_leave_out_comments():
    text = "# FROM nothing\nFROM debian:x-slim\nRUN a \\\n    && b\n"
    assert list(instructions(text)) == [("FROM", "debian:x-slim"), ("RUN", "a      && b")]


def test_a_step_of_another_language_is_refused(tmp_path):
    with pytest.raises(ValueError, match="says SHELL, which this script does not know"):
        CleanRoot(tmp_path, {}).follow("SHELL", '["/bin/bash"]')


def test_the_container_copies_what_there_is_and_sets_what_is_read():
    for rest in said("COPY"):
        *sources, _ = [word for word in rest.split() if not word.startswith("--")]
        assert all((ROOT / source).exists() for source in sources)
    assert {"CACR_RUNS", "CACR_DATA"} <= variables_set(" ".join(said("ENV")))
    assert variables_set(" ".join(said("ENV"))) <= variables_read()


def test_the_container_leaves_out_what_git_ignores_such_as_ones_own_checkpoints():
    ignored, left_out = (
        [re.sub(r"^(!?)(?:\*\*)?/?(.*?)/?$", r"\1\2", line) for line in text.splitlines()]
        for text in ((ROOT / name).read_text() for name in (".gitignore", ".dockerignore"))
    )
    assert left_out == [".git", *ignored]
    assert {"checkpoints/*", "!checkpoints/runs", "site"} <= set(left_out)


def test_the_container_is_not_root_and_answers_where_it_says():
    user = said("USER")
    (port,) = said("EXPOSE")
    (command,) = said("CMD")
    (health,) = said("HEALTHCHECK")
    assert user == ["cacr"] and "useradd --create-home --uid 1000 cacr" in said("RUN")[0]
    assert json.loads(command)[-3:] == ["serve", "--server.port", port]
    assert f"http://127.0.0.1:{port}/_stcore/health" in health
    assert f"{port}]" not in health
    space = (ROOT / "space" / "README.md").read_text()
    assert f"app_port: {port}\n" in space and "sdk: docker\n" in space
    assert f':{port}"' in (ROOT / "compose.yaml").read_text()
    forwarded = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    assert forwarded["forwardPorts"] == [int(port)]


def test_what_hosts_are_told_to_set_is_read():
    notebook = json.loads((ROOT / "docs" / "colab.ipynb").read_text())
    cells = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    for cell in cells:
        ast.parse(cell)
    told = variables_set("".join(cells)) | variables_set((ROOT / "space" / "README.md").read_text())
    assert {"CACR_FRAME_ANCESTORS", "CACR_OWNER_SECRET"} <= told
    assert told <= variables_read()


def test_colabs_names_are_let_in_and_no_other(monkeypatch):
    notebook = json.loads((ROOT / "docs" / "colab.ipynb").read_text())
    (cell,) = [c["source"] for c in notebook["cells"] if "names = " in "".join(c["source"])]
    names = [line for line in cell if line.startswith("names ")]
    made = {}
    exec("".join(names), made)
    words = made["names"]
    assert words[::2] == ["--server.allowedHosts"] * (len(words) // 2)
    reached(monkeypatch, address="127.0.0.1", allowedHosts=words[1::2])
    asked = "abc-8501.colab.dev"
    assert hosts.refusal({"host": asked, "origin": f"https://{asked}"}) == ""
    assert hosts.refusal({"host": "127.0.0.1:8501", "origin": f"https://{asked}"}) == ""
    assert "is not known by the name" in hosts.refusal({"host": "other.example"})


@pytest.mark.parametrize("index", ["", "https://wheels.example/cpu"])
def test_torch_comes_from_the_index_that_is_named(index):
    made = subprocess.run(
        ["make", "-n", "-B", ".venv/.app", f"TORCH_INDEX={index}"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    asked = [line for line in made.splitlines() if "--index-url" in line]
    assert len(asked) == bool(index)
    assert all(f"--index-url '{index}' $(grep ^torch requirements.txt)" in line for line in asked)


def test_what_lies_beside_torch_is_counted_without_it():
    sizes = beside_torch(ROOT / "requirements.txt")
    assert {"streamlit", "plotly", "umap-learn"} <= sizes.keys()
    assert not {"torch", "sympy", "pytest"} & sizes.keys()
    assert sizes["plotly"] == megabytes("plotly") > 10
    assert list(sizes.values()) == sorted(sizes.values(), reverse=True)
