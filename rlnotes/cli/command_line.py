"""A command that runs agents. Its words are checked before anything slow is imported, so a mistake costs little."""

import gc

from rlnotes.base.errors import SettingError
from rlnotes.cli.comparison_file import expanded
from rlnotes.cli.known_words import require_known
from rlnotes.cli.words import require_key_and_value


def run_command(words: list[str]) -> None:
    """Run the command with these words. Raises a mistake in them as a `SettingError`."""
    words, file = expanded(words)
    try:
        require_key_and_value(words)
        require_known(words)
        gc.disable()  # imports make many objects and no garbage, which Python would look for again and again
        from rlnotes.cli import hydra_app

        gc.freeze()
        gc.enable()
        hydra_app.main(words)
    except SettingError as error:
        raise (file.located(error) if file else error) from error.__cause__
