"""The base of agents with tables: policies, traces, buffers of steps and episodes."""
