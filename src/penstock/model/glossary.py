"""What names mean that several types have, in the words of the schema's descriptions.

A declaration that means something particular says so itself (``doc``); these stand in where it says nothing.
"""

from __future__ import annotations

_TEXTS = {
    "name": "Name for people.",
    "description": "Text for people; decides nothing.",
    "summary": "Short text for people; decides nothing.",
    "ref": "Reference given by the client.",
    "id": "Identifier, unique in the account.",
    "retailer": "Retailer that it belongs to.",
    "retailerId": "Id of the retailer.",
    "retailerRefs": "Refs of the retailers that use it, and whose users see it.",
}
_PEOPLE = {
    "title": "Form of address, such as Ms; free text.",
    "firstName": "Given name.",
    "lastName": "Family name.",
    "primaryEmail": "Email address; not checked.",
    "primaryPhone": "Telephone number; free text.",
    "timezone": "Name in the time zone database, such as Europe/London; not checked.",
    "promotionOptIn": "Whether advertisements may be sent.",
    "password": "Password, at most 128 characters; only a hash is kept.",
    "apiKey": "Key for programs, at most 128 characters; only a hash is kept.",
}
_ADDRESSES = {
    "companyName": "Company at the address.",
    "street": "Street and number.",
    "street2": "Flat, floor or building.",
    "city": "City or suburb.",
    "state": "State or province; free text.",
    "postcode": "Postal code; free text.",
    "region": "Region, for your own use; free text.",
    "country": "Country, by name or code; free text.",
    "latitude": "Degrees north.",
    "longitude": "Degrees east.",
    "timeZone": "Name in the time zone database, such as Europe/London.",
    "email": "Email address; not checked.",
    "pickupAddress": "Where a courier fetches the goods; none when the customer brings or sends them.",
    "lodgedLocation": "Location where the customer hands the goods in; need not exist here.",
    "destinationLocation": "Location that keeps the goods in the end; need not exist here.",
}
_MONEY = {
    "currency": "Currency of the prices beside it, usually a code of ISO 4217.",
    "cardType": "Brand of the card, such as VISA; free text.",
    "paymentMethod": "How it is paid, such as CREDITCARD or PAYPAL; free text.",
    "unitTaxType": "How one of it is taxed.",
    "defaultTaxType": "How lines are taxed that do not say it themselves.",
    "subTotalAmount": "Sum of the lines without tax.",
    "totalTax": "Sum of the tax.",
    "totalAmount": "Sum of the lines with tax.",
}
_PRODUCTS = {
    "gtin": "Global Trade Item Number, the number in the barcode; not checked.",
    "categories": "Categories of its catalogue that it is sorted in.",
    "prices": "Its prices, one for each type and currency.",
    "tax": "How it is taxed.",
    "catalogue": "Catalogue that it is in.",
    "productRef": "Ref of the product, which must exist in its catalogue.",
    "productCatalogueRef": "Ref of the product's catalogue; where it may be left out, the retailer's first ACTIVE one.",
}
_PARCELS = {
    "consignmentReference": "The carrier's number of the booking.",
    "trackingLabel": "Number by which the carrier lets the parcels be followed.",
    "labelUrl": "Address of the label to print; the shipped workflow takes a booking with one as made.",
    "orderSummaryUrl": "Address of the carrier's summary of the booking.",
    "fulfilmentChoiceRef": "Ref of the choice, which must be in the same order.",
}
GLOSSARY = _TEXTS | _PEOPLE | _ADDRESSES | _MONEY | _PRODUCTS | _PARCELS


def meaning(owner: str, name: str, doc: str = "") -> str:
    """Return the description of a field: its own, or else what its name means everywhere.

    Raises :class:`KeyError` for a field that neither describes.
    """
    try:
        return doc or GLOSSARY[name]
    except KeyError:
        message = f"{owner}.{name} has no description: declare it with doc=, or explain the name in model/glossary.py"
        raise KeyError(message) from None
