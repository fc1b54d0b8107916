"""Scoring predicted fields against labels: what `docmill eval` prints.

The definitions are those of the evaluation kit.
"""
