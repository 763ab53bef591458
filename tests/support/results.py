"""Folders of results."""


def cells(results):
    """The settings and data of every cell in a folder of results, byte for byte."""
    return {
        (path.parent.name, path.name): path.read_bytes()
        for path in sorted(results.glob("cells/*/*"))
        if path.name in ("config.yaml", "data.npz")
    }
