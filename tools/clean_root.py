"""The Dockerfile's steps in a clean Debian root, for machines without a container builder.

    python -m tools.clean_root /tmp/root              as root, with debootstrap installed
    chroot /tmp/root su cacr -c "cd /app && ..."      what CMD would run

It knows what our Dockerfile uses of its language, and takes over how this machine reaches package
registries (pip's and apt's settings). The build's context is what git knows of this checkout.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIND = "a folder of this machine that is seen inside too: one of wheels, say"
TAKEN_OVER = (
    "/etc/resolv.conf",
    "/etc/pip.conf",
    "/etc/apt/apt.conf.d",
    "/etc/apt/sources.list.d",
    "/usr/local/share/ca-certificates",
)


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """The Dockerfile's instructions in order: `("RUN", "make ...")`."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for line in lines.replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            yield word, rest.strip()


class CleanRoot:
    """A Debian of its own in a folder, in which instructions are followed one after another."""

    def __init__(self, folder: Path, arguments: dict[str, str]) -> None:
        self.folder = folder
        self.arguments = arguments
        self.environment: dict[str, str] = {}
        self.user, self.workdir = "root", "/"
        self.bound: list[str] = []

    def follow(self, word: str, rest: str) -> None:
        """Do what one instruction says.

        Raises:
            ValueError: It is none of those that our Dockerfile needs.
            subprocess.CalledProcessError: Its command failed.
        """
        if word == "FROM":
            self._debian(rest)
        elif word == "ARG":
            name, _, default = rest.partition("=")
            self.environment[name] = self.arguments.get(name, default)
        elif word == "ENV":
            self.environment |= dict(part.split("=", 1) for part in shlex.split(rest))
        elif word == "USER":
            self.user = rest
        elif word == "WORKDIR":
            self.workdir = rest
        elif word == "COPY":
            self._copy(shlex.split(rest))
        elif word == "RUN":
            self._run(rest)
        elif word not in ("VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"):
            raise ValueError(f"The Dockerfile says {word}, which this script does not know.")

    def _debian(self, image: str) -> None:
        release = image.removeprefix("debian:").removesuffix("-slim")
        subprocess.run(["debootstrap", "--variant=minbase", release, str(self.folder)], check=True)
        for path in map(Path, TAKEN_OVER):
            target = self.folder / path.relative_to("/")
            if path.is_dir():
                shutil.copytree(path, target, dirs_exist_ok=True)
            elif path.exists():
                shutil.copyfile(path, target)
        for name in self.bound:
            (self.folder / name.lstrip("/")).mkdir(parents=True, exist_ok=True)
            subprocess.run(["mount", "--bind", name, self.folder / name.lstrip("/")], check=True)
        for name, value in os.environ.items():
            if name.startswith("PIP_") or name.lower().endswith("_proxy"):
                self.environment[name] = value

    def _copy(self, words: list[str]) -> None:
        owner = next((w.partition("=")[2] for w in words if w.startswith("--chown=")), "root:root")
        *sources, target = [word for word in words if not word.startswith("--")]
        into = self.folder / (Path(self.workdir) / target).relative_to("/")
        listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *sources]
        files = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True)
        for name in files.stdout.splitlines():
            if (ROOT / name).is_file():
                (into / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, into / name)
        self._chroot("root", f"chown -R {owner} {self.workdir}")

    def _run(self, command: str) -> None:
        self._chroot(self.user, f"cd {shlex.quote(self.workdir)} && {command}")

    def _chroot(self, user: str, command: str) -> None:
        home = "/root" if user == "root" else f"/home/{user}"
        as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        subprocess.run(
            ["chroot", self.folder, *as_user, "/bin/sh", "-c", command],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": home, **self.environment},
            check=True,
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="a new folder for the root")
    parser.add_argument("--build-arg", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--bind", action="append", default=[], metavar="FOLDER", help=BIND)
    options = parser.parse_args()
    root = CleanRoot(options.folder, dict(arg.split("=", 1) for arg in options.build_arg))
    root.bound = options.bind
    for word, rest in instructions((ROOT / "Dockerfile").read_text()):
        print(f"{word} {re.sub(r' +', ' ', rest)}", flush=True)
        root.follow(word, rest)
        if word == "CMD":
            print(f"su {root.user}: {json.loads(rest)}, with {root.environment}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
