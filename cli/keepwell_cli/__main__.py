"""The `keepwell` script. The command itself takes a moment to load: broken off meanwhile, too, it says so."""

import sys

INTERRUPTED = 130


def run() -> None:
    """Entry point of the `keepwell` script."""
    try:
        from keepwell_cli.main import run as keepwell

        keepwell()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    run()
