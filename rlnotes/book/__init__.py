"""Figures of Sutton & Barto's book, one per file: each has a picture and one sentence computed from its data.

`python -m rlnotes.book NAME` runs one. The agents and environments are those of the catalogue.
"""

from rlnotes.base.class_table import Catalog

FIGURES = Catalog(
    figure_2_1="rlnotes.book.chapter_02.reward_distributions:RewardDistributions",
    figure_2_2="rlnotes.book.chapter_02.epsilon_greedy:EpsilonGreedyCourses",
    figure_2_3="rlnotes.book.chapter_02.optimism:Optimism",
    figure_2_4="rlnotes.book.chapter_02.upper_confidence:UpperConfidence",
    figure_2_5="rlnotes.book.chapter_02.baseline:Baseline",
    figure_2_6="rlnotes.book.chapter_02.parameter_study:ParameterStudy",
    figure_3_2="rlnotes.book.chapter_03.random_policy:RandomPolicy",
    figure_3_5="rlnotes.book.chapter_03.optimal_solutions:OptimalSolutions",
    figure_4_1="rlnotes.book.chapter_04.iterative_evaluation:IterativeEvaluation",
    figure_4_2="rlnotes.book.chapter_04.car_rental:CarRental",
    figure_4_3="rlnotes.book.chapter_04.gambler:Gambler",
    figure_5_1="rlnotes.book.chapter_05.blackjack_values:BlackjackValues",
    figure_5_2="rlnotes.book.chapter_05.blackjack_policy:BlackjackPolicy",
    example_6_2="rlnotes.book.chapter_06.random_walk:WalkErrors",
    figure_6_2="rlnotes.book.chapter_06.batch:Batch",
    figure_6_3="rlnotes.book.chapter_06.interim_and_asymptotic:InterimAndAsymptotic",
    example_6_5="rlnotes.book.chapter_06.windy:Windy",
    example_6_6="rlnotes.book.chapter_06.cliff:Cliff",
    figure_6_5="rlnotes.book.chapter_06.maximization_bias:Bias",
    figure_7_2="rlnotes.book.chapter_07.n_step_td:NStepErrors",
    figure_8_2="rlnotes.book.chapter_08.dyna_maze:DynaMazeLengths",
    figure_8_4="rlnotes.book.chapter_08.blocking_maze:BlockingMaze",
    figure_8_5="rlnotes.book.chapter_08.shortcut_maze:ShortcutMaze",
    figure_8_7="rlnotes.book.chapter_08.expected_and_sample_updates:ExpectedAndSampleUpdates",
    figure_9_1="rlnotes.book.chapter_09.aggregation:Aggregation",
    figure_9_2="rlnotes.book.chapter_09.bootstrapping:Bootstrapping",
    figure_9_5="rlnotes.book.chapter_09.fourier_and_polynomials:FourierAndPolynomials",
    figure_9_10="rlnotes.book.chapter_09.tilings:Tilings",
    figure_10_1="rlnotes.book.chapter_10.cost_to_go:CostToGo",
    figure_10_2="rlnotes.book.chapter_10.learning_curves:LearningCurves",
    figure_10_3="rlnotes.book.chapter_10.n_step_sarsa:NStepCurves",
    figure_10_4="rlnotes.book.chapter_10.step_size_and_n:StepSizeAndN",
    figure_10_5="rlnotes.book.chapter_10.access_control:AccessControlPolicy",
    figure_11_2="rlnotes.book.chapter_11.instability:Instability",
    figure_11_5="rlnotes.book.chapter_11.gradient_correction:GradientCorrection",
    figure_11_6="rlnotes.book.chapter_11.emphasis:Emphasis",
    figure_12_3="rlnotes.book.chapter_12.off_line_lambda_return:OffLineReturns",
    figure_12_6="rlnotes.book.chapter_12.td_lambda:BackwardView",
    figure_12_8="rlnotes.book.chapter_12.on_line_lambda_return:OnLineReturns",
    figure_12_10="rlnotes.book.chapter_12.sarsa_lambda:TracesAndSteps",
    figure_12_11="rlnotes.book.chapter_12.kinds_of_traces:KindsOfTraces",
    figure_13_1="rlnotes.book.chapter_13.reinforce:ReinforceSteps",
    figure_13_2="rlnotes.book.chapter_13.baseline:ReinforceBaseline",
)
"""the place of each figure, "module:Class", by its command-line name"""
