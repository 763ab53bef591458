"""The learners: agents, each a batch of independent learners, one a run."""

from rlnotes.envs.catalog import Catalog

CATALOG = Catalog(
    random="rlnotes.agents.random:Random",
    epsilon_greedy="rlnotes.agents.bandits.epsilon_greedy:EpsilonGreedy",
    epsilon_t_greedy="rlnotes.agents.bandits.epsilon_t_greedy:EpsilonTGreedy",
    optimistic_greedy="rlnotes.agents.bandits.optimistic_greedy:OptimisticGreedy",
    etc="rlnotes.agents.bandits.etc:ETC",
    ucb="rlnotes.agents.bandits.ucb:UCB",
    ucb_asymptotic="rlnotes.agents.bandits.ucb_asymptotic:UCBAsymptotic",
    ucb1="rlnotes.agents.bandits.ucb1:UCB1",
    moss="rlnotes.agents.bandits.moss:MOSS",
    thompson="rlnotes.agents.bandits.thompson:Thompson",
    gradient_bandit="rlnotes.agents.bandits.gradient_bandit:GradientBandit",
    value_iteration="rlnotes.agents.planning.value_iteration:ValueIteration",
    gauss_seidel_value_iteration="rlnotes.agents.planning.gauss_seidel_value_iteration:GaussSeidelValueIteration",
    policy_iteration="rlnotes.agents.planning.policy_iteration:PolicyIteration",
    modified_policy_iteration="rlnotes.agents.planning.modified_policy_iteration:ModifiedPolicyIteration",
    prioritized_sweeping="rlnotes.agents.planning.prioritized_sweeping:PrioritizedSweeping",
    backward_induction="rlnotes.agents.planning.backward_induction:BackwardInduction",
    linear_programming="rlnotes.agents.planning.linear_programming:LinearProgramming",
    relative_value_iteration="rlnotes.agents.planning.relative_value_iteration:RelativeValueIteration",
    q_learning="rlnotes.agents.tabular.q_learning:QLearning",
    sarsa="rlnotes.agents.tabular.sarsa:SARSA",
    expected_sarsa="rlnotes.agents.tabular.expected_sarsa:ExpectedSARSA",
    double_q_learning="rlnotes.agents.tabular.double_q_learning:DoubleQLearning",
    n_step_sarsa="rlnotes.agents.tabular.n_step_sarsa:NStepSARSA",
    tree_backup="rlnotes.agents.tabular.tree_backup:TreeBackup",
    sarsa_lambda="rlnotes.agents.tabular.sarsa_lambda:SARSALambda",
    q_lambda="rlnotes.agents.tabular.q_lambda:QLambda",
    monte_carlo="rlnotes.agents.tabular.monte_carlo:MonteCarlo",
    off_policy_monte_carlo="rlnotes.agents.tabular.off_policy_monte_carlo:OffPolicyMonteCarlo",
    softmax_reinforce="rlnotes.agents.tabular.softmax_reinforce:SoftmaxReinforce",
    softmax_actor_critic="rlnotes.agents.tabular.softmax_actor_critic:SoftmaxActorCritic",
    dyna_q="rlnotes.agents.tabular.dyna_q:DynaQ",
    ucb_q="rlnotes.agents.tabular.ucb_q:UCBQ",
    ucbvi="rlnotes.agents.tabular.ucbvi:UCBVI",
    psrl="rlnotes.agents.tabular.psrl:PSRL",
    r_max="rlnotes.agents.tabular.r_max:RMax",
    td="rlnotes.agents.tabular.td:TD",
    n_step_td="rlnotes.agents.tabular.n_step_td:NStepTD",
    td_lambda="rlnotes.agents.tabular.td_lambda:TDLambda",
    monte_carlo_prediction="rlnotes.agents.tabular.monte_carlo_prediction:MonteCarloPrediction",
    batch_td="rlnotes.agents.tabular.batch_td:BatchTD",
    reinforce="rlnotes.agents.deep.reinforce:Reinforce",
    actor_critic="rlnotes.agents.deep.actor_critic:ActorCritic",
    ppo="rlnotes.agents.deep.ppo:PPO",
    dqn="rlnotes.agents.deep.dqn:DQN",
    drqn="rlnotes.agents.deep.drqn:DRQN",
    sb3_dqn="rlnotes.agents.deep.sb3.dqn:SB3DQN",
    sb3_ppo="rlnotes.agents.deep.sb3.ppo:SB3PPO",
    sb3_a2c="rlnotes.agents.deep.sb3.a2c:SB3A2C",
    sb3_qrdqn="rlnotes.agents.deep.sb3.qrdqn:SB3QRDQN",
    sb3_recurrent_ppo="rlnotes.agents.deep.sb3.recurrent_ppo:SB3RecurrentPPO",
)

__all__ = CATALOG.classes
__getattr__ = CATALOG.attribute


def __dir__() -> list[str]:
    return __all__
