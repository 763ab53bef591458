"""The error of a setting that cannot be."""


class SettingError(ValueError):
    """A setting has a value that it may not have.

    The message names the setting, its value and what it may be, in one line.
    """

    def __init__(self, setting: str, value: object, requirement: str) -> None:
        super().__init__(setting, value, requirement)
        self.setting, self.value, self.requirement = setting, value, requirement

    def __str__(self) -> str:
        return f"{self.setting}={self.value}: {self.requirement}"

    def within(self, group: str) -> "SettingError":
        """The same error, of a setting of `group` (`agent` or `env`)."""
        return SettingError(f"{group}.{self.setting}", self.value, self.requirement)
