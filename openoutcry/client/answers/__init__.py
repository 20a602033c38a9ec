"""What the venue answers, as typed structs: numbers are `Decimal`, times are aware `datetime`s.

Rule: what an answer has beyond these fields is ignored, and an enumeration is a plain `str`, so a
newer venue does not break an older program.
"""
