"""Exact tests of counts, corrected by Bonferroni for the number of cells."""

import numpy as np
from scipy import stats

FALSE_ALARM = 1e-6
"""probability that a correct program fails a test"""


def pvalue(seen, law, draws):
    """p-value of counts of the cells of a law, each of so many draws, by exact binomial tests."""
    if not seen.keys() <= law.keys():
        return 0.0
    counts, probability = np.array([seen[cell] for cell in law]), np.minimum(list(law.values()), 1.0)
    tail = np.minimum(stats.binom.cdf(counts, draws, probability), stats.binom.sf(counts - 1, draws, probability))
    return min(1.0, 2 * len(law) * tail.min())


def two_sample_pvalue(seen, others, draws):
    """p-value of two samples with one law, each count of so many draws, by exact hypergeometric tests."""
    cells = list(seen | others)
    a, b = (np.array([sample[cell] for cell in cells]) for sample in (seen, others))
    law = stats.hypergeom(2 * draws, a + b, draws)
    return min(1.0, 2 * len(cells) * np.minimum(law.cdf(a), law.sf(a - 1)).min())
