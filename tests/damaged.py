"""A run's files cut or flipped, and what its watcher makes of them without threads."""

from pathlib import Path
from random import Random
from typing import Any

from web.live.film import Film
from web.live.frames import Maker
from web.live.watch import Watcher
from web.socket.follow import Follower
from web.socket.messages import unpack

KINDS = ("half", "cut", "flip")


def mutate(path: Path, kind: str, rng: Random) -> None:
    """Cut a file in half or anywhere, or flip bits of it."""
    content = bytearray(path.read_bytes())
    if kind == "cut":
        del content[rng.randrange(len(content)) :]
    elif kind == "half":
        del content[len(content) // 2 :]
    else:
        for _ in range(rng.choice((1, 1, 4, 64))):
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


def without_threads(monkeypatch: Any) -> None:
    """Watchers look, and frames are made, when a test says so."""
    monkeypatch.setattr(Follower, "begin", lambda self: None)
    monkeypatch.setattr(Maker, "start", lambda self: None)


def watched(folder: Path, layout: str = "umap") -> tuple[dict[int, Any], dict[str, Any]]:
    """All frames of one series of a run, by step, and its state."""
    watcher = Watcher(folder, lambda run, space: None)
    film = watcher.films["embeddings", layout, True] = Film("embeddings", layout, True)
    watcher.look()
    watcher.look()  # the state is known now
    maker = Maker(watcher, film)
    for step in film.missing(watcher.moments.steps):
        maker._make(step)
    watcher._damage_at = 0
    watcher.look()
    frames = {step: unpack(message)[0] for step, (_, message) in film.frames.items()}
    return frames, watcher.state
