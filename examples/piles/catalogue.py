"""What invented companies sell: description, unit code (UN/ECE Recommendation 20), lowest and highest price in cents."""

Offer = tuple[str, str, int, int]

OFFERS: dict[str, tuple[Offer, ...]] = {
    "de": (
        ("Schreibtisch höhenverstellbar 160 x 80 cm, Platte Ahorn", "C62", 38900, 74900),
        ("Bürodrehstuhl mit Netzrücken, Armlehnen verstellbar", "C62", 14900, 39900),
        ("Montage und Einweisung vor Ort", "HUR", 4800, 8900),
        ("Rollcontainer abschließbar, drei Schübe", "C62", 9900, 18900),
        ("Kopierpapier A4 80 g/m², Karton zu 2.500 Blatt", "C62", 1990, 3290),
        ("Netzwerkkabel Cat. 7, halogenfrei", "MTR", 85, 240),
        ("Anfahrtpauschale Zone 2", "C62", 2900, 5900),
        ("Akustikpaneel Filz anthrazit, Klasse B", "C62", 4290, 8990),
        ("Whiteboard emailliert 180 x 120 cm einschließlich Stiftablage", "C62", 12900, 28900),
        ("Kaffeebohnen Hausmischung", "KGM", 1490, 2890),
        ("Wartung Drucksystem, Quartalspauschale", "C62", 12000, 24000),
        ("Bodenschutzmatte transparent", "C62", 3490, 6990),
    ),
    "en": (
        ("Oak worktop, oiled, cut to size 2400 x 620 mm", "C62", 18900, 46500),
        ("Site survey and drawings", "HUR", 4500, 9500),
        ("Soft-close drawer runners, pair", "C62", 1450, 3990),
        ("Fitting by two joiners", "DAY", 38000, 64000),
        ("Birch plywood sheet 18 mm, B/BB grade", "C62", 5200, 9900),
        ("Delivery, tail-lift vehicle", "C62", 4500, 8500),
        ("Brass cup handles, antique finish", "C62", 690, 1890),
        ("Skirting board, primed MDF", "MTR", 240, 690),
        ("Hard-wax oil, satin, 2.5 litre", "C62", 5990, 8990),
        ("Removal and disposal of old units", "HUR", 3200, 5800),
        ("Concealed hinges 110 degrees, box of 20", "C62", 2990, 5490),
        ("Adjustable cabinet legs, set of four", "C62", 590, 1290),
    ),
    "fr": (
        ("Table de réunion en chêne massif, 12 places", "C62", 89000, 189000),
        ("Chaise empilable, coque polypropylène", "C62", 4900, 12900),
        ("Installation et mise en service", "HUR", 4500, 8500),
        ("Ramette papier A4 blanc, carton de cinq", "C62", 1690, 2990),
        ("Impression de dépliants, quadrichromie recto verso", "C62", 12, 45),
        ("Câble électrique souple 3G2,5", "MTR", 110, 290),
        ("Cloison vitrée, profil aluminium noir", "MTR", 18900, 34900),
        ("Forfait déplacement", "C62", 3500, 7500),
        ("Lampe de bureau LED, bras articulé", "C62", 5900, 14900),
        ("Café en grains, torréfaction artisanale", "KGM", 1590, 2790),
        ("Maintenance annuelle du parc d'impression", "C62", 24000, 58000),
        ("Armoire à rideaux, clé identique", "C62", 21900, 42900),
    ),
    "it": (
        ("Piastrelle gres porcellanato effetto cemento 60 x 60", "C62", 890, 2490),
        ("Posa in opera e stuccatura", "HUR", 2800, 4900),
        ("Scrivania direzionale in noce canaletto", "C62", 78000, 164000),
        ("Poltrona ergonomica con poggiatesta", "C62", 24900, 54900),
        ("Stampa cataloghi, brossura fresata", "C62", 240, 690),
        ("Trasporto e consegna al piano", "C62", 4500, 12500),
        ("Profilo in alluminio anodizzato", "MTR", 590, 1490),
        ("Lampada a sospensione in vetro soffiato", "C62", 12900, 34900),
        ("Olio extravergine di oliva, lattina da 5 litri", "C62", 4290, 6990),
        ("Assistenza tecnica su chiamata", "HUR", 4500, 7500),
        ("Pannello fonoassorbente bianco", "C62", 3490, 8990),
        ("Caffè in grani, miscela bar", "KGM", 1390, 2490),
    ),
}

VARIANTS: dict[str, tuple[str, ...]] = {
    "de": ("", "Farbe lichtgrau", "Farbe graphit", "Nachlieferung", "2. Wahl", "Baugröße M", "Baugröße L", "Serie Kontor"),
    "en": ("", "left-hand", "right-hand", "phase two", "white", "graphite", "large", "trade pack"),
    "fr": ("", "coloris gris clair", "coloris anthracite", "série Atelier", "grand modèle", "petit modèle", "second lot", "lot A"),
    "it": ("", "colore grigio chiaro", "colore antracite", "serie Bottega", "formato grande", "formato piccolo", "secondo lotto", "lotto A"),
}  # fmt: skip

RATES: dict[str, tuple[str, str]] = {
    "de": ("19", "7"),
    "en": ("20", "20"),
    "fr": ("20", "10"),
    "it": ("22", "10"),
}
"""Standard and reduced rate in per cent; foodstuffs and print have the reduced one where the country has it."""

REDUCED = ("Kaffee", "Café", "Caffè", "Olio")
