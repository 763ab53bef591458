"""Whether two checkouts compute the same numbers, byte for byte.

    python scripts/same_numbers.py OTHER_CHECKOUT [WORD ...]

Computes the cells below with the code of both checkouts and compares every array of the other checkout's data.npz. It
names the arrays that only this checkout has. With words it takes only the cells whose line contains one of them. Exits
with 1 if a cell differs. The other checkout's cells are stored in build/, under
its commit. Use it after a change that must not change results: `git worktree add ../before main` makes a checkout.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from zipfile import ZipFile

CELLS = """
random gaussian_bandit runs=7
epsilon_greedy gaussian_bandit runs=1100
epsilon_t_greedy gaussian_bandit env.gap=0.3
optimistic_greedy gaussian_bandit env.means=[0.5,0.0,0.2]
etc gaussian_bandit agent.pulls=20
ucb gaussian_bandit runs=2 steps=500
ucb bernoulli_bandit env.change_probability=0.01
ucb_asymptotic gaussian_bandit env.std=[1.0,0.5] env.arms=2
ucb1 beta_bandit
ucb_tuned bernoulli_bandit env.arms=4
ucb_v bernoulli_bandit env.arms=4
kl_ucb bernoulli_bandit
kl_ucb gaussian_bandit
kl_ucb_plus_plus bernoulli_bandit
imed bernoulli_bandit
imed gaussian_bandit env.drift=0.1
moss gaussian_bandit
moss_anytime gaussian_bandit
thompson gaussian_bandit
thompson bernoulli_bandit agent.posterior=beta
bayes_ucb bernoulli_bandit
gradient_bandit exponential_bandit
exp3 adversarial_bandit env.arms=3
exp3_ix adversarial_bandit env.table_seed=1
tsallis_inf bernoulli_bandit agent.reduced_variance=true
successive_elimination gaussian_bandit
doubling_etc gaussian_bandit
sliding_window_ucb bernoulli_bandit env.means=[0.9,0.5,0.1] env.changes=[50,100]
discounted_ucb gaussian_bandit
lin_ucb linear_bandit
lin_thompson linear_bandit
lin_epsilon_greedy linear_bandit
value_iteration gridworld
value_iteration FrozenLake-v1 env.discount=1.0
gauss_seidel_value_iteration gridworld_5x5
policy_iteration jacks_car_rental steps=20 runs=2
policy_iteration cliff_walking env.discount=1.0
modified_policy_iteration garnet env.states=2000
modified_policy_iteration gridworld_4x4 agent.evaluation=gauss_seidel
prioritized_sweeping gamblers_problem
backward_induction FrozenLake-v1
linear_programming forest
relative_value_iteration river_swim
q_learning cliff_walking episodes=20
q_learning Taxi-v4 steps=300
q_learning Blackjack-v1 steps=100 env.discount=1.0
q_learning river_swim agent.exploration=ucb:1
sarsa windy_gridworld agent.alpha=1/visits episodes=3
sarsa cliff_walking agent.exploration=softmax:1 episodes=10
expected_sarsa gridworld
double_q_learning maximization_bias
n_step_sarsa cliff_walking steps=3000 agent.alpha=linear:0.5:0.01:100
tree_backup gridworld
sarsa_lambda windy_gridworld agent.traces=dutch episodes=3
q_lambda dyna_maze agent.traces=replacing episodes=3
monte_carlo gamblers_problem
off_policy_monte_carlo deep_sea
softmax_reinforce random_walk agent.entropy=0.1
softmax_actor_critic chain
dyna_q dyna_maze episodes=3
ucb_q deep_sea env.time_limit=10
ucbvi river_swim env.time_limit=20 env.discount=1.0
psrl river_swim env.time_limit=20
r_max chain env.time_limit=20
td random_walk episodes=30
n_step_td random_walk
td_lambda random_walk agent.form=forward episodes=20
td_lambda random_walk agent.form=backward
td_lambda random_walk
monte_carlo_prediction random_walk
batch_td random_walk episodes=10
importance_sampling random_walk agent.weighting=ordinary episodes=20
real_time_dp cliff_walking episodes=5
gradient_monte_carlo random_walk env.states=1000 env.jump=100 agent.features=aggregation:10 episodes=20
semi_gradient_td boyan_chain episodes=20
linear_n_step_td random_walk episodes=20
linear_td_lambda random_walk agent.features=fourier:3 episodes=20
true_online_td_lambda boyan_chain episodes=20
lstd boyan_chain agent.decay=0.5 episodes=20
off_policy_td baird agent.alpha=0.005
residual_gradient two_states
gtd2 baird agent.alpha=0.005
tdc baird agent.alpha=0.005
emphatic_td baird agent.alpha=0.0001
linear_sarsa mountain_car episodes=3
linear_n_step_sarsa mountain_car agent.features=tiles:8x8:512 episodes=3
linear_sarsa_lambda mountain_car agent.traces=replacing episodes=3
linear_expected_sarsa mountain_car agent.features=radial:8 episodes=3
linear_q_learning cliff_walking episodes=20
linear_q_sigma mountain_car episodes=3
differential_sarsa access_control
r_learning access_control agent.greedy_only=false
linear_reinforce short_corridor episodes=20 env.time_limit=1000
linear_actor_critic racetrack env.track=right steps=300
linear_actor_critic lqr agent.features=fourier:2 agent.ranges=[[-9,9]] agent.alpha=0.00001
q_learning blackjack episodes=50
dyna_q changing_maze env.change=50 agent.kappa=0.001
linear_sarsa puddle_world episodes=3
value_iteration jacks_car_rental env.shuttle=1 env.parking_cost=4 steps=20 runs=2
random gridworld runs=1
random umbrella
random t_maze
random key_to_door
reinforce cart_pole runs=3 steps=1200
actor_critic CartPole-v1 runs=3 steps=600
ppo memory_length runs=3 steps=600 agent.network.body=lstm
ppo CartPole-v1 runs=2 steps=400
ppo Pendulum-v1 runs=2 steps=300
dqn catch runs=3 steps=1300 env.observation=planes agent.network.body=cnn agent.network.maps=[4]
dqn gridworld runs=3 steps=1300 agent.dueling=true agent.n=3 agent.network.inputs=standardise
drqn cart_pole runs=2 steps=1300 env.masked=true agent.n=4
drqn umbrella runs=2 steps=1200 agent.network.body=attention
world_model catch runs=2 steps=120 env.observation=planes
sb3_dqn CartPole-v1 runs=2 steps=400
sb3_qrdqn cliff_walking runs=2 steps=300 env.time_limit=50
sb3_a2c CartPole-v1 runs=2 steps=200
sb3_ppo cart_pole runs=2 steps=300 agent.rollout=128
sb3_recurrent_ppo t_maze runs=2 steps=300 env.time_limit=50 agent.rollout=128
"""
"""agent, environment and settings; 1,000 steps of 30 runs unless the line has others"""

COMPUTE = """
import sys, warnings
from ast import literal_eval
from rlnotes import catalog, compare
warnings.simplefilter("ignore")
for line in sys.stdin.read().splitlines():
    name, agent, env, *words = line.split()
    given = {"agent": {}, "env": {}, "own": {"steps": 1000, "runs": 30}}
    for word in words:
        key, _, value = word.partition("=")
        group, _, setting = key.rpartition(".") if not key.startswith("agent.network.") else ("agent", "", key[6:])
        try:
            value = literal_eval({"true": "True", "false": "False"}.get(value, value))
        except (SyntaxError, ValueError):
            pass
        place = given[group or "own"]
        *parents, setting = setting.split(".")
        for parent in parents:
            place = place.setdefault(parent, {})
        place[setting] = value
    made = catalog.make("agent", agent, given["agent"]), catalog.make("env", env, given["env"])
    try:
        compare(*made, results=sys.argv[1] + "/" + name, progress=False, **given["own"])
    except ValueError as error:
        sys.exit(f"{agent} {env}: {error}")
"""


def compute(checkout: Path, folder: Path, lines: list[str]) -> None:
    """Compute the cells with the code of a checkout, each into a folder of its own, unless it is there already."""
    missing = [line for line in lines if not list((folder / name(line)).glob("cells/*/data.npz"))]
    named = "\n".join(f"{name(line)} {line}" for line in missing)
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    command = [sys.executable, "-c", COMPUTE, folder]
    if subprocess.run(command, cwd=checkout, env=environment, input=named, text=True, check=False).returncode:
        sys.exit(f"{checkout} cannot compute these cells")


def name(line: str) -> str:
    """Name of a cell's folder."""
    return hashlib.sha256(line.encode()).hexdigest()[:12]


def arrays(folder: Path, line: str) -> dict[str, bytes]:
    """The bytes of each array in the data.npz of a cell."""
    [file] = (folder / name(line)).glob("cells/*/data.npz")
    with ZipFile(file) as opened:
        return {array: opened.read(array) for array in opened.namelist()}


def main() -> None:
    """Compare the cells, and print the lines of cells that differ."""
    here, other, words = Path(__file__).parents[1], Path(sys.argv[1]).resolve(), sys.argv[2:]
    lines = [line for line in CELLS.strip().splitlines() if not words or any(word in line for word in words)]
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=other, capture_output=True, text=True, check=True).stdout
    before = here / "build" / "same_numbers" / commit.strip()
    compute(other, before, lines)
    with tempfile.TemporaryDirectory() as now:
        compute(here, Path(now), lines)
        pairs = {line: (arrays(Path(now), line), arrays(before, line)) for line in lines}
    different = [line for line, (new, old) in pairs.items() if any(new.get(key) != old[key] for key in old)]
    added = {key.removesuffix(".npy") for new, old in pairs.values() for key in new.keys() - old.keys()}
    only_here = f"; arrays that only this checkout has: {', '.join(sorted(added))}" if added else ""
    print(f"{len(lines) - len(different)} of {len(lines)} cells are the same, byte for byte{only_here}")
    sys.exit("\n".join(["different:", *different]) if different else 0)


if __name__ == "__main__":
    main()
