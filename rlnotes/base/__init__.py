"""The foundation of every room: settings and their error, records, random streams, compiled kernels."""
