"""The agents. Each agent is a batch of independent learners, one per run.

Use `Agent`, `BanditAgent`, `ControlAgent` and `Improver` as base classes of agents of your own.
"""

from functools import partial
from typing import TYPE_CHECKING

from rlnotes.base.class_table import Catalog

if TYPE_CHECKING:
    from rlnotes.agents.bandits.base.bandit_agent import BanditAgent
    from rlnotes.agents.base.agent import Agent, Problem, ProblemError, Transition
    from rlnotes.agents.planning.base.planner import Improver
    from rlnotes.agents.tabular.base.control_agent import ControlAgent

CATALOG = Catalog(
    random="rlnotes.agents.random:Random",
    epsilon_greedy="rlnotes.agents.bandits.epsilon_greedy:EpsilonGreedy",
    epsilon_t_greedy="rlnotes.agents.bandits.epsilon_t_greedy:EpsilonTGreedy",
    optimistic_greedy="rlnotes.agents.bandits.optimistic_greedy:OptimisticGreedy",
    etc="rlnotes.agents.bandits.etc:ETC",
    ucb="rlnotes.agents.bandits.ucb:UCB",
    ucb_asymptotic="rlnotes.agents.bandits.ucb_asymptotic:UCBAsymptotic",
    ucb1="rlnotes.agents.bandits.ucb1:UCB1",
    ucb_tuned="rlnotes.agents.bandits.ucb_tuned:UCBTuned",
    ucb_v="rlnotes.agents.bandits.ucb_v:UCBV",
    kl_ucb="rlnotes.agents.bandits.kl_ucb:KLUCB",
    kl_ucb_plus_plus="rlnotes.agents.bandits.kl_ucb_plus_plus:KLUCBPlusPlus",
    imed="rlnotes.agents.bandits.imed:IMED",
    moss="rlnotes.agents.bandits.moss:MOSS",
    moss_anytime="rlnotes.agents.bandits.moss_anytime:MOSSAnytime",
    thompson="rlnotes.agents.bandits.thompson:Thompson",
    bayes_ucb="rlnotes.agents.bandits.bayes_ucb:BayesUCB",
    gradient_bandit="rlnotes.agents.bandits.gradient_bandit:GradientBandit",
    exp3="rlnotes.agents.bandits.exp3:Exp3",
    exp3_ix="rlnotes.agents.bandits.exp3_ix:Exp3IX",
    tsallis_inf="rlnotes.agents.bandits.tsallis_inf:TsallisINF",
    successive_elimination="rlnotes.agents.bandits.successive_elimination:SuccessiveElimination",
    doubling_etc="rlnotes.agents.bandits.doubling_etc:DoublingETC",
    sliding_window_ucb="rlnotes.agents.bandits.sliding_window_ucb:SlidingWindowUCB",
    discounted_ucb="rlnotes.agents.bandits.discounted_ucb:DiscountedUCB",
    lin_ucb="rlnotes.agents.bandits.lin_ucb:LinUCB",
    lin_thompson="rlnotes.agents.bandits.lin_thompson:LinThompson",
    lin_epsilon_greedy="rlnotes.agents.bandits.lin_epsilon_greedy:LinEpsilonGreedy",
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
    real_time_dp="rlnotes.agents.tabular.real_time_dp:RealTimeDP",
    dyna_q="rlnotes.agents.tabular.dyna_q:DynaQ",
    ucb_q="rlnotes.agents.tabular.ucb_q:UCBQ",
    ucbvi="rlnotes.agents.tabular.ucbvi:UCBVI",
    psrl="rlnotes.agents.tabular.psrl:PSRL",
    r_max="rlnotes.agents.tabular.r_max:RMax",
    td="rlnotes.agents.tabular.td:TD",
    n_step_td="rlnotes.agents.tabular.n_step_td:NStepTD",
    td_lambda="rlnotes.agents.tabular.td_lambda:TDLambda",
    monte_carlo_prediction="rlnotes.agents.tabular.monte_carlo_prediction:MonteCarloPrediction",
    importance_sampling="rlnotes.agents.tabular.importance_sampling:ImportanceSampling",
    batch_td="rlnotes.agents.tabular.batch_td:BatchTD",
    gradient_monte_carlo="rlnotes.agents.linear.gradient_monte_carlo:GradientMonteCarlo",
    semi_gradient_td="rlnotes.agents.linear.semi_gradient_td:SemiGradientTD",
    linear_n_step_td="rlnotes.agents.linear.linear_n_step_td:LinearNStepTD",
    linear_td_lambda="rlnotes.agents.linear.linear_td_lambda:LinearTDLambda",
    true_online_td_lambda="rlnotes.agents.linear.true_online_td_lambda:TrueOnlineTDLambda",
    lstd="rlnotes.agents.linear.lstd:LSTD",
    off_policy_td="rlnotes.agents.linear.off_policy_td:OffPolicyTD",
    residual_gradient="rlnotes.agents.linear.residual_gradient:ResidualGradient",
    gtd2="rlnotes.agents.linear.gtd2:GTD2",
    tdc="rlnotes.agents.linear.tdc:TDC",
    emphatic_td="rlnotes.agents.linear.emphatic_td:EmphaticTD",
    linear_sarsa="rlnotes.agents.linear.linear_sarsa:LinearSARSA",
    linear_n_step_sarsa="rlnotes.agents.linear.linear_n_step_sarsa:LinearNStepSARSA",
    linear_sarsa_lambda="rlnotes.agents.linear.linear_sarsa_lambda:LinearSARSALambda",
    linear_expected_sarsa="rlnotes.agents.linear.linear_expected_sarsa:LinearExpectedSARSA",
    linear_q_learning="rlnotes.agents.linear.linear_q_learning:LinearQLearning",
    linear_q_sigma="rlnotes.agents.linear.linear_q_sigma:LinearQSigma",
    differential_sarsa="rlnotes.agents.linear.differential_sarsa:DifferentialSARSA",
    r_learning="rlnotes.agents.linear.r_learning:RLearning",
    linear_reinforce="rlnotes.agents.linear.linear_reinforce:LinearReinforce",
    linear_actor_critic="rlnotes.agents.linear.linear_actor_critic:LinearActorCritic",
    reinforce="rlnotes.agents.deep.reinforce:Reinforce",
    actor_critic="rlnotes.agents.deep.actor_critic:ActorCritic",
    ppo="rlnotes.agents.deep.ppo:PPO",
    dqn="rlnotes.agents.deep.dqn:DQN",
    drqn="rlnotes.agents.deep.drqn:DRQN",
    world_model="rlnotes.agents.deep.world_model:WorldModel",
    sac="rlnotes.agents.deep.sac:SAC",
    td3="rlnotes.agents.deep.td3:TD3",
    behaviour_cloning="rlnotes.agents.deep.imitation.behaviour_cloning:BehaviourCloning",
    percent_bc="rlnotes.agents.deep.imitation.percent_bc:PercentBC",
    dagger="rlnotes.agents.deep.imitation.dagger:DAgger",
    decision_transformer="rlnotes.agents.deep.imitation.decision_transformer:DecisionTransformer",
    gail="rlnotes.agents.deep.imitation.gail:GAIL",
    wail="rlnotes.agents.deep.imitation.wail:WAIL",
    constant_reward="rlnotes.agents.deep.imitation.constant_reward:ConstantReward",
    sb3_dqn="rlnotes.agents.deep.sb3.dqn:SB3DQN",
    sb3_ppo="rlnotes.agents.deep.sb3.ppo:SB3PPO",
    sb3_a2c="rlnotes.agents.deep.sb3.a2c:SB3A2C",
    sb3_qrdqn="rlnotes.agents.deep.sb3.qrdqn:SB3QRDQN",
    sb3_sac="rlnotes.agents.deep.sb3.sac:SB3SAC",
    sb3_td3="rlnotes.agents.deep.sb3.td3:SB3TD3",
    sb3_recurrent_ppo="rlnotes.agents.deep.sb3.recurrent_ppo:SB3RecurrentPPO",
)

OTHER_NAMES = {"ts": "thompson", "lin_ts": "lin_thompson", "eps_greedy": "epsilon_greedy", "a2c": "sb3_a2c"}
"""names that people write for an agent, which an error puts right"""

BASE = {
    "Agent": "rlnotes.agents.base.agent:Agent",
    "Problem": "rlnotes.agents.base.agent:Problem",
    "ProblemError": "rlnotes.agents.base.agent:ProblemError",
    "Transition": "rlnotes.agents.base.agent:Transition",
    "BanditAgent": "rlnotes.agents.bandits.base.bandit_agent:BanditAgent",
    "ControlAgent": "rlnotes.agents.tabular.base.control_agent:ControlAgent",
    "Improver": "rlnotes.agents.planning.base.planner:Improver",
}
"""names for agents of your own: bases of all agents, of bandits, of those with tables, and of planners"""

__all__ = [
    *CATALOG.classes,
    "Agent",
    "BanditAgent",
    "ControlAgent",
    "Improver",
    "Problem",
    "ProblemError",
    "Transition",
]
__getattr__ = partial(CATALOG.attribute, base=BASE)


def __dir__() -> list[str]:
    return __all__
