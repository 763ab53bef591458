"""The commands on stored results, which stand before all other words of a command line."""

COMMANDS = {
    "list": ("[RESULTS]", "one folder of results"),
    "show": (
        "FOLDER [--format latex|markdown|csv] [plot.SETTING=VALUE ...]",
        "the folder of a comparison, a format of its table, and settings of its figures",
    ),
    "why": ("A B", "the folders of two cells"),
    "check": ("[RESULTS]", "one folder of results"),
    "clean": ("[RESULTS] [--yes]", "one folder of results"),
}
"""the words after each command, and what they are"""
