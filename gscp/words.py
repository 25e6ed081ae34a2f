"""Words of the house put into sentences."""


def within(words: str) -> str:
    """As it stands within a sentence: its first letter small, every name as it is."""
    return words[:1].lower() + words[1:]
