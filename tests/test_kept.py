import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from web.live.kept import Kept


def test_of_many_who_ask_the_same_one_works_it_out():
    kept, made = Kept(), []
    begun = threading.Event()

    def make():
        made.append(1)
        begun.wait()
        return object()

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(kept.get, "key", make) for _ in range(8)]
        time.sleep(0.05)
        begun.set()
        found = [one.result() for one in asked]
    assert len(made) == 1
    assert len(set(map(id, found))) == 1


def test_what_is_refused_is_told_and_not_kept():
    kept = Kept()

    def refuse():
        raise ValueError("nonsense")

    with pytest.raises(ValueError, match="nonsense"):
        kept.get("key", refuse)
    assert kept.get("key", lambda: 7) == 7
    assert kept.get("key", refuse) == 7


def test_the_longest_unasked_goes_first():
    kept, made = Kept(2), []
    for key in ("a", "b", "a", "c", "a", "b"):
        kept.get(key, lambda key=key: made.append(key))
    assert made == ["a", "b", "c", "b"]
