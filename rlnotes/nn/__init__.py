"""The layers of the notes [notes 3 to 9], and networks built from them.

One section of the notes per file. `network.py` describes whole networks; `base/` has their parts. All need the extra
`deep`.
"""
