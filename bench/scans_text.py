"""What generated scans say: sentences and goods with the letters that each language is at stake for."""

LANGUAGES = ("de", "fr", "it", "es", "pl", "en")
SPECIAL = {
    "de": "äöüÄÖÜß€",
    "fr": "àâçéèêëîïôœùûÀÇÉÈÊ€",
    "it": "àèéìòùÀÈÌ€",
    "es": "áéíñóúüÁÉÍÑÓÚ¿¡€",
    "pl": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ€",
    "en": "€",
}
"""The characters that plain ASCII does not have, of each language."""

SENTENCES = {
    "de": (
        "Sehr geehrte Damen und Herren, für die Lieferung vom 3. März 2024 erlauben wir uns zu berechnen.",
        "Bitte überweisen Sie den fälligen Betrag innerhalb von dreißig Tagen ohne Abzug auf unser Konto.",
        "Die Straße vor der Außenstelle Großbeeren ist während der Öffnungszeiten gesperrt.",
        "Änderungen und Irrtümer vorbehalten; es gelten unsere Geschäftsbedingungen.",
        "Für Rückfragen erreichen Sie Frau Müller täglich außer samstags unter der oben genannten Nummer.",
        "Ölfilter, Schläuche und Zündkerzen müssen jährlich geprüft werden.",
        "Gemäß Vereinbarung gewähren wir Ihnen zwei Prozent Skonto bei Zahlung bis zum fünften Werktag.",
        "Überzählige Stücke nehmen wir ungeöffnet zurück, größere Mengen nur nach Rücksprache.",
        "Wir danken für Ihr Vertrauen und grüßen herzlich aus Köln, Düsseldorf und Gießen.",
    ),
    "fr": (
        "Veuillez trouver ci-joint la facture relative à la prestation réalisée en février à Besançon.",
        "Le règlement doit être effectué dès réception, sans escompte, par chèque ou virement.",
        "Les marchandises restent la propriété du vendeur jusqu'au paiement intégral du prix.",
        "À défaut, des pénalités égales à trois fois le taux légal seront appliquées.",
        "Nous vous remercions de votre fidélité et restons à votre entière disposition.",
        "La société Lefèvre et Frères, située près de l'hôtel de ville, fête ses vingt ans où elle naquit.",
        "Cœur de bœuf, pâtes fraîches, crème brûlée : le déjeuner était excellent, même à Noël.",
        "Être présent à la réunion n'est pas obligatoire, mais votre avis nous intéresse là aussi.",
        "Ça dépend des délais : l'expédition de l'île de Ré coûte plus cher qu'en Île-de-France.",
    ),
    "it": (
        "La preghiamo di effettuare il pagamento entro la data indicata, perché le spese non aumentino.",
        "La società può modificare le condizioni previa comunicazione; ciò non è un obbligo.",
        "È vietata la riproduzione, anche parziale, del contenuto senza autorizzazione.",
        "Più qualità, più velocità e maggiore affidabilità: così lavoriamo già dal lunedì al venerdì.",
        "L'attività sarà svolta presso l'unità di Forlì, in località Cantù, oppure nella città di Cefalù.",
        "La consegna avverrà giovedì o martedì; il caffè e il tè verranno offerti.",
        "Il dipendente dovrà esibire la carta d'identità in corso di validità.",
        "Perciò né il venditore né l'acquirente potrà chiedere ulteriori indennità.",
        "Verrà inviata una copia di cortesia, poiché la fattura elettronica è già disponibile.",
    ),
    "es": (
        "Le enviamos la factura correspondiente al mes de enero según el número de pedido indicado.",
        "El pago deberá efectuarse en un plazo de treinta días después de la recepción.",
        "La compañía está situada en la calle Núñez de Balboa, junto al jardín botánico.",
        "Señores: adjuntamos también el albarán, así como la garantía de la máquina.",
        "Este año la campaña de Navidad comenzará antes que el año pasado en España y Perú.",
        "Ningún artículo dañado será admitido sin la autorización del señor Ibáñez.",
        "El baño, la cocina pequeña y el salón están incluidos; el desagüe y la cigüeña, no.",
        "Órdenes urgentes: llámenos de lunes a sábado, excepto días festivos, a través de la línea única.",
        "La descripción técnica está en la última página, según la edición más reciente.",
    ),
    "pl": (
        "Prosimy o dokonanie płatności w ciągu czternastu dni na poniższy rachunek bankowy.",
        "Źródło zasilania należy podłączyć zgodnie z instrukcją, żeby uniknąć uszkodzeń.",
        "Spółka z ograniczoną odpowiedzialnością, ulica Świętokrzyska, Łódź, województwo łódzkie.",
        "Towar pozostaje własnością sprzedawcy aż do całkowitej zapłaty należności.",
        "Zażółć gęślą jaźń, powiedział księgowy, kończąc miesiąc wcześniej niż zwykle.",
        "Usługi świadczone są również w święta; koszt dojazdu wynosi trzysta złotych.",
        "Dziękujemy za złożone zamówienie i życzymy miłego dnia, pańscy współpracownicy.",
        "Część elementów została wysłana oddzielnie, ponieważ były zbyt ciężkie.",
        "Wartość brutto obejmuje podatek; późniejsze reklamacje nie będą uwzględniane.",
    ),
    "en": (
        "Please find enclosed our invoice for the services rendered during the month of March.",
        "Payment is due within thirty days of receipt, quoting the number printed above.",
        "All goods remain the property of the seller until they have been paid for in full.",
        "Our terms and conditions apply; claims must be made in writing within one week.",
        "We thank you for your order and look forward to doing business with you again.",
        "The delivery was made to the warehouse at the back of the building, gate seven.",
        "Any tax that is due in the country of destination is borne by the buyer.",
        "Questions about this document are answered by our accounts department every weekday.",
        "The equipment has been tested, cleaned and packed with care before it left us.",
    ),
}

GOODS = {
    "de": ("Schraube verzinkt", "Dichtungsring groß", "Kühlflüssigkeit", "Türschließer", "Prüfgerät"),
    "fr": ("Câble blindé", "Pièce détachée", "Clé à molette", "Boîtier métal", "Téléviseur"),
    "it": ("Unità di comando", "Tubo flessibile", "Caffè in grani", "Quantità minima", "Pellicola"),
    "es": ("Cañería de cobre", "Lámpara de techo", "Muñón derecho", "Jabón líquido", "Tornillo"),
    "pl": ("Łożysko kulkowe", "Śruba mosiężna", "Wąż gumowy", "Źródło światła", "Taśma klejąca"),
    "en": ("Ball bearing", "Copper pipe", "Ceiling lamp", "Rubber hose", "Light source"),
}
