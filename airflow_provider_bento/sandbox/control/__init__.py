"""The control API below ``/_sandbox``: look at what arrived, break things, move time; never part of Bento."""
