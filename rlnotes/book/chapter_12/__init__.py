"""Chapter 12: eligibility traces."""
