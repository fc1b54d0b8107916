"""E-invoices: the XML that says exactly what an invoice says (CII, UBL, ZUGFeRD 1.0, FatturaPA).

``find_einvoice`` looks for it in a Reading, ``extract_einvoice`` turns it into values with XPath
citations, ``compare`` lays them over the printed page. One table per syntax: ``cii``, ``ubl``, ``fatturapa``.
"""
