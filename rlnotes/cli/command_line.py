"""A command that runs agents. Its words are checked before anything slow is imported, so a mistake costs little."""

from rlnotes.base.errors import SettingError
from rlnotes.base.imports import without_collections
from rlnotes.cli.comparison_file import expanded
from rlnotes.cli.known_words import require_known
from rlnotes.cli.words import require_key_and_value


def run_command(words: list[str]) -> None:
    """Run the command with these words. Raises a mistake in them as a `SettingError`."""
    words, file = expanded(words)
    try:
        require_key_and_value(words)
        require_known(words)
        with without_collections():
            from rlnotes.cli import hydra_app

        hydra_app.main(words)
    except SettingError as error:
        raise (file.located(error) if file else error) from error.__cause__
