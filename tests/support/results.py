"""Results folders."""


def cells(results):
    """The bytes that decide a results folder: every cell's settings and data."""
    return {
        (path.parent.name, path.name): path.read_bytes()
        for path in sorted(results.glob("cells/*/*"))
        if path.name in ("config.yaml", "data.npz")
    }
