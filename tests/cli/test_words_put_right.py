"""Words that people write instead of KEY=VALUE are refused in one line that has them put right."""

import shlex

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
        ("agent=[etc,ucb]", "agent=etc,ucb"),
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


@pytest.mark.parametrize("words", ["seed=1,2", "runs=2,3", "steps=100,200", "results=1", "agent.delta=0.1,0.2"])
def test_usual_words_are_no_mistakes(run, words):
    short = [word for word in ("steps=9", "runs=2") if word.partition("=")[0] not in words]
    assert "regret" in run("agent=ucb", words, *short)
