"""What went wrong with mail that was given up, in words for staff: servers name their faults for engineers."""

from backend.core.i18n import gettext, mark

WORDS = {
    "ConnectionRefusedError": mark("The mail server could not be reached"),
    "gaierror": mark("The mail server could not be found: check its name in the settings"),
    "TimeoutError": mark("The mail server did not answer in time"),
    "SMTPServerDisconnected": mark("The mail server ended the connection"),
    "SMTPAuthenticationError": mark("The mail server refused our name and password"),
    "SMTPSenderRefused": mark("The mail server refused the address that we write from"),
    "SMTPRecipientsRefused": mark("The mail server refused the address"),
    "SMTPDataError": mark("The mail server refused the mail"),
    "Notify 400 ValidationError": mark("GOV.UK Notify says that the address, or one of our settings, is not valid"),
    "Notify 400 BadRequestError": mark("GOV.UK Notify refused it: check the template, and that the service is live"),
    "Notify 403": mark("GOV.UK Notify refused our key"),
    "Notify 429": mark("GOV.UK Notify says that we have sent as much as we may for now"),
    "Notify 5": mark("GOV.UK Notify did not answer, or had a fault of its own"),
}
"""By how the name of the fault begins."""


def words(fault: str) -> str:
    """The fault in words, with the name under which engineers find it."""
    known = next((known for name, known in WORDS.items() if fault.startswith(name)), None)
    return f"{gettext(known)} ({fault})" if known else fault
