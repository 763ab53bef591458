"""`python -m rlnotes.run [key=value ...]`: run agents on environments, compare them and draw.

`python -m rlnotes.run why A B` says how two stored cells differ, and `check [RESULTS]` whether all cells are whole.
"""

import os
import sys
from io import TextIOWrapper


def main() -> None:
    """Run the command line. Exits with status 1 and one line after a wrong setting, with 130 after an interrupt."""
    from rlnotes.base.errors import SettingError

    arguments, full_error = sys.argv[1:], os.environ.get("HYDRA_FULL_ERROR") == "1"
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without the symbols of the table is no error
    try:
        if {"-h", "--help"} & set(arguments):
            from rlnotes.cli.help import print_help

            print_help(arguments)
        elif arguments[:1] == ["why"] or arguments[:1] == ["check"]:
            from rlnotes.cli.results_folder import command

            command(*arguments)
        else:
            from rlnotes.cli import hydra_app

            hydra_app.main()
        print(end="", flush=True)
    except BrokenPipeError:  # the reader of the output, such as `head`, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (SettingError, OSError) as error:
        if full_error:
            raise
        sys.exit(f"rlnotes: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
