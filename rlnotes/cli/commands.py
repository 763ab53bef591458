"""The commands on stored results, which stand before all other words of a command line."""

from typing import NamedTuple


class Command(NamedTuple):
    """A command on stored results."""

    words: str
    """the words after it"""
    meaning: str
    """what these words are"""
    purpose: str
    """what it does"""
    settings: str = ""
    """the place of the class with its settings, "module:Class"; empty if it has none"""
    examples: str = ""


COMMANDS = {
    "list": Command("[RESULTS]", "one folder of results", "List the comparisons in a folder, the newest last."),
    "show": Command(
        "FOLDER [--format latex|markdown|csv] [plot.SETTING=VALUE ...]",
        "the folder of a comparison, a format of its table, and settings of its figures",
        "Show the table of a comparison again, in a format for papers, or draw its figures again. Computes nothing.",
    ),
    "play": Command(
        "FOLDER [agent=NAME] [file=FILE.gif] [SETTING=VALUE ...]",
        "the folder of a cell or of a comparison, and settings of the movie",
        "Write a movie, GIF or MP4, of what an agent has learnt, or of a plan. It needs no display.\n\n"
        "Maps are drawn with values and policy, environments of Gymnasium's with their own pictures, and others as "
        "curves. The policy is the greedy one.",
        "rlnotes.cli.play:Play",
        "python -m rlnotes.run agent=q_learning,sarsa env=cliff_walking episodes=300 runs=20\n"
        "python -m rlnotes.run list\n"
        "python -m rlnotes.run play 2026-11-29-070434 agent=sarsa file=cliff.gif",
    ),
    "evaluate": Command(
        "DATA [policy=[P,P,...]|uniform|FOLDER] [SETTING=VALUE ...]",
        "a data set, and settings of the policy and of the estimators",
        "Estimate the value of a policy from data that another policy recorded: off-policy evaluation.\n\n"
        "The data needs the probability of each action, which record=true writes for agents that know it.",
        "rlnotes.cli.evaluate:Evaluate",
        "python -m rlnotes.run agent=random agent.probabilities=[0.8,0.2] env=bernoulli_bandit env.means=[0.3,0.6] "
        "steps=10000 runs=1 record=true\n"
        "python -m rlnotes.run evaluate results/datasets/random-bernoulli_bandit-0123456789ab-1-v0 policy=[0.2,0.8]",
    ),
    "why": Command("A B", "the folders of two cells", "Say what differs between two cells: settings, code, packages."),
    "check": Command("[RESULTS]", "one folder of results", "Read every cell of a folder, and name the damaged ones."),
    "clean": Command("[RESULTS] [--yes]", "one folder of results", "Say what can be removed; with --yes, remove it."),
}
