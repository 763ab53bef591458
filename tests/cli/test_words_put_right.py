"""Words that people write instead of KEY=VALUE are refused in one line that has them put right."""

import shlex
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("--agent ucb", "agent=ucb"),
        ("--agent=ucb", "agent=ucb"),
        ("steps=9 -agent ucb runs=2", "agent=ucb"),
        ("agent ucb", "agent=ucb"),
        ("agent UCB steps=9", "agent=ucb"),
        ("agent = ucb", "agent=ucb"),
        ("agent= ucb", "agent=ucb"),
        ("--steps 5", "steps=5"),
        ("--agent.delta 0.1", "agent.delta=0.1"),
        ("ucb", "agent=ucb"),
        ("UCB steps=9", "agent=ucb"),
        ("agent=random cliff_walking", "env=cliff_walking"),
        ("delta=0.1", "agent.delta=0.1"),
        ("means=[1,2]", "env.means=[1,2]"),
        ("agent:ucb", "agent=ucb"),
        ("agent==ucb", "agent=ucb"),
        ("agent=ucb, steps=9", "agent=ucb"),
        ("agent=,ucb", "agent=ucb"),
        ("agent=[etc,ucb]", "agent=etc,ucb"),
        ("agent=etc;ucb", "agent=etc,ucb"),
        ("agent=etc+ucb", "agent=etc,ucb"),
        ("agent=etc ucb steps=9", "agent=etc,ucb"),
        ("agent=etc, ucb", "agent=etc,ucb"),
        ("environment=gridworld", "env=gridworld"),
        ("algorithm=ucb", "agent=ucb"),
        ("horizon=100", "steps=100"),
        ("replications=10", "runs=10"),
        ("steps=10k", "steps=10000"),
        ("runs=1M", "runs=1000000"),
        ("seed=1-3", "'seed=range(1,4)'"),
        ("agent.delta=5%", "agent.delta=0.05"),
        ("env.means=(0.5,0.0)", "env.means=[0.5,0.0]"),
        ("runs=1,000", "runs=1000"),
        ("steps=1,050,200", "steps=1050200"),
        ("runs=1e3", "runs=1000"),
        ("steps=1.0e4", "steps=10000"),
        ("env.means=0.5,0.0", "env.means=[0.5,0.0]"),
        ("env.means=[0.5, 0.0] steps=9", "'env.means=[0.5, 0.0]'"),
        ("env.table=[[0.9, 0.5], [0.1, 0.8]]", "'env.table=[[0.9, 0.5], [0.1, 0.8]]'"),
    ],
)
def test_words_are_put_right(run, tmp_path, words, right):
    with pytest.raises(SystemExit) as exit:
        run(*words.split())
    refusal = str(exit.value)
    assert refusal.startswith("rlnotes: ")
    assert refusal.endswith(f"write {right}")
    assert "\n" not in refusal
    assert not list(tmp_path.iterdir())
    assert len(shlex.split(right)) == 1


@pytest.mark.parametrize(
    ("words", "close"),
    [
        ("agent=UCB", "ucb"),
        ("env=cartpole-V1", "CartPole-v1"),
        ("agent=ts", "thompson"),
        ("agent=vi", "value_iteration"),
        ("agent=q-learning", "q_learning"),
        ("agent=EpsilonGreedy", "epsilon_greedy"),
        ("env=frozen", "FrozenLake-v1"),
        ("env=CartPole", "cart_pole"),
        ("env=bernoulli", "bernoulli_bandit"),
        ("agents=ucb", "agent"),
        ("n_runs=3", "runs"),
        ("agent.detla=0.1", "delta"),
        ("agent=etc,ucb ucb.detla=0.1", "delta"),
        ("plot.logx=true", "log_x"),
        ("lst", "list"),
        ("shw x", "show"),
        ("help", "--help"),
        ("version", "--version"),
    ],
)
def test_the_closest_word_is_named_in_any_case(run, words, close):
    with pytest.raises(SystemExit) as exit:
        run(*words.split())
    assert f"(did you mean {close}?)" in str(exit.value)


def test_a_mistake_in_a_name_or_a_setting_imports_nothing_slow():
    """So the answer takes a fraction of a second."""
    code = "import sys; from rlnotes.run import command; command(sys.argv[1:])"
    for words in ("agent=ubc", "agent.detla=0.1", "stepz=4", "agent=etc,ucb ucb.detla=1", "runs=1,000"):
        slow = (
            f"try:\n {code}\nfinally: print([name for name in ('numba', 'scipy', 'matplotlib') if name in sys.modules])"
        )
        printed = subprocess.run(
            [sys.executable, "-c", f"import sys\n{slow}", *words.split()], capture_output=True, text=True, check=False
        )
        assert printed.stderr.startswith("rlnotes: ")
        assert printed.stdout == "[]\n"


USUAL = ["seed=1,2", "runs=2,3", "steps=100,200", "results=1", "results=10k", "agent.delta=0.1,0.2", "agent=glob(uc?)"]


@pytest.mark.parametrize("words", USUAL)
def test_usual_words_are_no_mistakes(run, words):
    short = [word for word in ("steps=9", "runs=2") if word.partition("=")[0] not in words]
    assert "regret" in run("agent=ucb", words, *short)
