"""Chapter 6: temporal-difference learning."""
