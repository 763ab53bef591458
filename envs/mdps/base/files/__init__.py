"""Models in files: a table, arrays of NumPy and SciPy, Gymnasium's P as JSON, and Cassandra's format."""
