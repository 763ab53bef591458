"""How many examples Hypothesis generates for tests of layers, and the seeds that it chooses."""

from hypothesis import settings
from hypothesis import strategies as st

FEW = settings(max_examples=25, deadline=None, database=None)
SEED = st.integers(0, 2**32 - 1)
