"""The one error that the stack shows to a person as a sentence."""


class StackError(Exception):
    """Something a person has to know about, told in one or two sentences."""
