"""Settings as a person types them: `name=value`, with the values of YAML."""

from typing import Any, TypeVar

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from rlnotes.base.configured import Configured
from rlnotes.base.errors import SettingError

Settings = TypeVar("Settings", bound=Configured)


def typed_settings(cls: type[Settings], words: list[str], owner: str) -> Settings:
    """Make an object from words such as `body=cnn`; other settings have their defaults.

    Raises `SettingError` if a setting is unknown or its value is wrong; `owner` says what has the settings.
    """
    defaults: dict[str, Any] = cls().setting_values()
    values: Any = defaults
    typed = dict[str, str]()
    for word in words:
        name, _, text = word.partition("=")
        typed[name] = text
        if name not in defaults:
            raise SettingError.unknown(name, text, owner, defaults)
        try:
            values = OmegaConf.to_container(OmegaConf.merge(values, OmegaConf.from_dotlist([word])), resolve=True)
        except (OmegaConfBaseException, YAMLError):
            raise SettingError(name, text, f"must be a value such as {defaults[name]}") from None
    try:
        return cls(**values)
    except SettingError as error:  # the message shows the value as it was typed
        raise SettingError(error.setting, typed.get(error.setting, error.value), error.requirement) from None
