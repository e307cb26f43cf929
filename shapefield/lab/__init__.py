"""The lab: pictures as fields, the demonstrations, and comparisons of the methods on one's own data.

Everything here trains through `shapefield.training.loop`; nothing here knows Qt.
"""
