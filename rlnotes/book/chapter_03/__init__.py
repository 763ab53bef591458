"""Chapter 3: finite Markov decision processes."""
