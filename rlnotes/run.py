"""`python -m rlnotes.run [key=value ...]`: run agents on environments, compare them and draw."""

import os
import sys
from io import TextIOWrapper


def main() -> None:
    """The command line; status 1 and one line where a setting cannot be, 130 where it was interrupted."""
    from rlnotes.base.errors import SettingError

    arguments, full_error = sys.argv[1:], os.environ.get("HYDRA_FULL_ERROR") == "1"
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # the symbols of the table are not worth an error
    try:
        if {"-h", "--help"} & set(arguments):
            from rlnotes.cli.help import print_help

            print_help(arguments)
        else:
            from rlnotes.cli import hydra_app

            hydra_app.main()
    except (SettingError, OSError) as error:
        if full_error:
            raise
        sys.exit(f"rlnotes: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
