"""Control of physical systems."""
