"""On a Ray cluster of two nodes in this machine, one of them killed in the middle."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch

from cacr_core.papers import tasks
from cacr_core.papers.study import Study
from cacr_core.runs import cluster

pytest.importorskip("ray", reason="ray is an extra: pip install .[cluster]")
ROOT = Path(__file__).parents[1]
SMALL = Study(
    datasets=("digits",),
    arms=(tasks.arm("infonce"), tasks.arm("cacr-1")),
    seeds=(0,),
    n_trials=2,
    n_steps=2,
    batch_size=16,
)

# In a process of its own, whose sockets and threads end with it.
KILLED = """
    import sys, threading, time
    from pathlib import Path
    import ray
    from ray.cluster_utils import Cluster
    from cacr_core.papers import tasks
    from tests.test_cluster import SMALL

    def patiently(start, **given):  # Ray gives up a node that needs 30 s to start: a busy machine's
        for left in (3, 2, 1, 0):
            try:
                return start(**given)
            except Exception:
                if not left:
                    raise

    path = Path(sys.argv[1])
    head = {"num_cpus": 0, "include_dashboard": False}
    nodes = patiently(Cluster, initialize_head=True, head_node_args=head)
    lost, _ = (patiently(nodes.add_node, num_cpus=1) for _ in range(2))
    said = []

    def say(line):
        said.append(line)
        if len(said) == 1:  # both nodes are at work
            nodes.remove_node(lost, allow_graceful=False)

    tasks.work(SMALL, path, address=nodes.address, say=say)
    print(len(said), sum(node["Alive"] for node in ray.nodes()) if ray.is_initialized() else "left")
    nodes.shutdown()
"""


@pytest.fixture
def n_threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def rows_without_time(rows):
    return sorted(
        json.dumps({k: v for k, v in row.items() if k not in ("seconds", "on")}) for row in rows
    )


def test_a_study_on_two_nodes_of_which_one_is_killed_has_the_rows_of_this_process(
    tmp_path, n_threads
):
    here, there = (tmp_path / name / "study" / "runs.jsonl" for name in ("here", "there"))
    there.parent.mkdir(parents=True)
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n" + textwrap.dedent(KILLED)
    done = subprocess.run(
        [sys.executable, "-c", script, str(there)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split()[-2:] == ["6", "left"]
    torch.set_num_threads(1)  # as each task of a cluster has
    tasks.work(SMALL, here)
    rows = tasks.read_rows(there)
    assert len(rows) == 6
    assert rows_without_time(rows) == rows_without_time(tasks.read_rows(here))
    assert not list(there.parent.glob(".*.lock"))


def test_jobs_begin_when_they_can_and_a_failure_is_the_jobs_own():
    came = []

    def jobs():
        return {"first": (2, 3)} if not came else {"first": (2, 3), "second": (came[0], 2)}

    for key, value in cluster.results("local", pow, jobs):
        came.append(value)
        assert (key, value) in (("first", 8), ("second", 64))
    assert came == [8, 64]
    with pytest.raises(ZeroDivisionError):
        list(cluster.results("local", divmod, lambda: {"wrong": (1, 0)}))


def test_without_ray_or_a_cluster_one_is_told_what_to_do(monkeypatch):
    with pytest.raises(ValueError, match="No Ray cluster answers at 'nowhere:1'"):
        list(cluster.results("nowhere:1", pow, dict))
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ValueError, match="needs the package ray, which is not installed"):
        list(cluster.results("local", pow, dict))
