"""`python -m rlnotes.run [key=value ...]`: run agents on environments, compare them and draw.

`list`, `show`, `play`, `evaluate`, `why`, `check` and `clean` use stored results (`rlnotes/cli/commands.py`).
`--version` prints the version.
"""

import os
import sys


def main() -> None:
    """Run the command line.

    Exits with status 1 and one line after a wrong setting, with 130 or 143 and one line after SIGINT or SIGTERM.
    """
    from rlnotes.cli.processes import ended_by_signals

    with ended_by_signals():
        command(sys.argv[1:])


def command(words: list[str]) -> None:
    """Run the command with these words."""
    from rlnotes import __version__
    from rlnotes.base.errors import SettingError, plain_warnings
    from rlnotes.base.imports import without_collections
    from rlnotes.cli.commands import COMMANDS
    from rlnotes.cli.plain_text import print_plainly
    from rlnotes.own_code import OwnCodeError

    plain_warnings()
    full_error = os.environ.get("HYDRA_FULL_ERROR") == "1"
    print_plainly()
    try:
        if {"-h", "--help"} & set(words):
            with without_collections():
                from rlnotes.cli.help import print_help

            print_help(words)
        elif "--version" in words:
            print(f"rlnotes {__version__}")
        elif words and words[0] in COMMANDS:
            with without_collections():
                from rlnotes.cli import results_folder

            results_folder.command(*words)
        else:
            with without_collections():
                from rlnotes.cli.command_line import run_command

            run_command(words)
        print(end="", flush=True)
    except BrokenPipeError:  # the reader of the output, such as `head`, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (SettingError, OwnCodeError, OSError) as error:
        if full_error:
            raise
        sys.exit(f"rlnotes: {error}")
    except MemoryError as error:
        if full_error:
            raise
        sys.exit(f"rlnotes: out of memory: {error or 'the settings need more than this computer has'}")


if __name__ == "__main__":
    main()
