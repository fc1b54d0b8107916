"""What docmill is here for, as pure compute: no servers, no settings.

Reading, values, layout, e-invoices, classification, extraction, rules, search, evaluation.
"""
