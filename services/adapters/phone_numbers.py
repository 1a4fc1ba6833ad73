"""Telephone numbers, as they are dialled in a country, in the form E.164 by the tables of libphonenumber."""

from domain.facts import PhoneFacts


def read_phone(text: str, country: str) -> PhoneFacts:
    """Implements the port `ReadPhone`. Taken is every number of a possible length: which numbers are handed out changes
    faster than any table. An extension is left out."""
    import phonenumbers  # the tables are loaded where a number is read
    from phonenumbers import NumberParseException, PhoneNumberFormat

    try:
        number = phonenumbers.parse(text, country)
    except NumberParseException:
        return PhoneFacts(text, None)
    if not phonenumbers.is_possible_number(number):
        return PhoneFacts(text, None)
    return PhoneFacts(text, phonenumbers.format_number(number, PhoneNumberFormat.E164))
