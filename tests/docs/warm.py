"""`keepwell` as typed, in a process forked from one that has imported its libraries (`tests.docs.loaded`):
they take a second, and more where others work too, each time. The command itself is imported anew, in the
environment given."""

import multiprocessing
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.docs.loaded"])


def is_plain(command: str) -> bool:
    """Whether it is `keepwell` with words, and nothing for a shell to do but to take off their quotes."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(lexer)
    joins = any(set(word) <= set(lexer.punctuation_chars) for word in words)
    return words[0] == "keepwell" and not joins and not set("$*?`\\~") & set(command)


def run(command: str, folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a plain command in a folder and an environment: its status, and what it prints on stdout."""
    with NamedTemporaryFile() as printed:
        words = shlex.split(command)
        process = _forks.Process(target=_verb, args=(words, folder, dict(environment), Path(printed.name)))
        process.start()
        process.join()
        assert process.exitcode is not None
        return process.exitcode, Path(printed.name).read_text()


def _verb(words: Sequence[str], folder: Path, environment: Mapping[str, str], printed: Path) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    with printed.open("wb") as out:
        os.dup2(out.fileno(), 1)
    sys.argv = list(words)

    from keepwell_cli.main import run as keepwell

    keepwell()
