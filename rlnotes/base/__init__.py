"""What every part uses: errors of settings, random streams, compiled kernels."""
