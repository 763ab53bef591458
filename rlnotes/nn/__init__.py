"""The notes' layers [notes 3 to 9], and networks built from them. They need the extra `deep`."""
