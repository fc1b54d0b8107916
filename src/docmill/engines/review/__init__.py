"""What a reviewer does to a result, as pure functions.

``operations`` reads and applies his list, ``values`` normalises what he types, ``evidence`` looks under the
box that he draws, ``loss`` says who comes first, ``answers`` which blockers are answered.
"""
