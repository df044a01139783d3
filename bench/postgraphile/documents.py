"""The measured documents, each written for both schemas so that the answers are equal, key for key.

PostGraphile's schema follows the tables: a relation is named by its columns, and ``rowId`` is the column ``id``.
Single rows are found by a unique key, and lists by the retailer too, since the indexes begin with it: Penstock adds
the retailer by itself, as far as permissions reach. Aliases give the answers one shape.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from bench.reads import HUNDRED, ONE

Values = dict[str, Any]


@dataclass(frozen=True)
class Pair:
    """One document in both schemas."""

    ours: str
    theirs: str


ONE_ORDER = Pair(
    ONE,
    """query ($retailer: BigInt!, $ref: String!) { order: orderByRetailerIdAndRef(retailerId: $retailer, ref: $ref) {
  id: rowId ref type status createdOn totalPrice
  customer: customerByCustomerId { id: rowId username firstName lastName primaryEmail }
  items: orderItemsByOrderId(first: 20) { edges { node {
    id: rowId ref quantity price totalPrice currency product: productByProductId { ref name } } } }
  fulfilments: fulfilmentsByOrderId(first: 20, orderBy: [CREATED_ON_DESC, ROW_ID_DESC]) { edges { node {
    id: rowId ref status type fromLocation: addressByFromAddressId { ref }
    items: fulfilmentItemsByFulfilmentId(first: 20) { edges { node {
      ref requestedQuantity filledQuantity } } } } } } } }""",
)

_THEIR_ORDERS = """query ($retailer: BigInt!) {
  orders: allOrders(condition: {retailerId: $retailer}, first: 100, orderBy: [CREATED_ON_DESC, ROW_ID_DESC]) { %s } }"""
_THEIR_HUNDRED = (
    _THEIR_ORDERS
    % """edges { node {
  id: rowId ref type status createdOn totalPrice
  items: orderItemsByOrderId(first: 10) { edges { node {
    id: rowId ref quantity price totalPrice currency status } } } } }"""
)
HUNDRED_ORDERS = Pair(HUNDRED, _THEIR_HUNDRED)


# A page with values in its text begins behind some order.
HUNDRED_AFTER = Pair(
    "query ($after: String!) " + HUNDRED.replace("first: 100", "first: 100, after: $after"),
    _THEIR_HUNDRED.replace("!)", "!, $after: Cursor!)").replace("first: 100", "first: 100, after: $after"),
)
CURSORS = Pair(
    "{ orders(first: 5000) { edges { cursor } } }",
    (_THEIR_ORDERS % "edges { cursor }").replace("first: 100", "first: 5000"),
)

MIXED = Pair(
    """query Mixed($status: [String], $page: Int!, $place: String!, $order: ID!, $lines: Boolean!, $brief: Boolean!) {
  recent: orders(status: $status, first: $page) { edges { node {
    ...Head
    items(first: 3) @include(if: $lines) { edges { node { ...Line } } }
    customer @skip(if: $brief) { ...Buyer } } } }
  shop: location(ref: $place) { id ref name type status
    address: primaryAddress { name street city postcode country latitude longitude } }
  chosen: orderById(id: $order) {
    ...Head
    buyer: customer { ...Buyer }
    lines: items(first: 20) { edges { node {
      ...Line product @skip(if: $brief) { ... on StandardProduct { ref name } } } } }
    parcels: fulfilments(first: 20) @skip(if: $brief) { edges { node { ref status from: fromLocation { ref } } } } } }
fragment Head on Order { id ref type status createdOn totalPrice }
fragment Line on OrderItem { id ref quantity price totalPrice currency status }
fragment Buyer on Customer { id username firstName lastName primaryEmail }""",
    """query Mixed($retailer: BigInt!, $status: String, $page: Int!, $place: String!, $order: BigInt!,
    $lines: Boolean!, $brief: Boolean!) {
  recent: allOrders(
    condition: {retailerId: $retailer, status: $status}, first: $page, orderBy: [CREATED_ON_DESC, ROW_ID_DESC]
  ) { edges { node {
      ...Head
      items: orderItemsByOrderId(first: 3) @include(if: $lines) { edges { node { ...Line } } }
      customer: customerByCustomerId @skip(if: $brief) { ...Buyer } } } }
  shop: locationByRetailerIdAndRef(retailerId: $retailer, ref: $place) { id: rowId ref name type status
    address: addressByPrimaryAddressId { name street city postcode country latitude longitude } }
  chosen: orderByRowId(rowId: $order) {
    ...Head
    buyer: customerByCustomerId { ...Buyer }
    lines: orderItemsByOrderId(first: 20) { edges { node {
      ...Line product: productByProductId @skip(if: $brief) { ref name } } } }
    parcels: fulfilmentsByOrderId(first: 20, orderBy: [CREATED_ON_DESC, ROW_ID_DESC]) @skip(if: $brief) {
      edges { node { ref status from: addressByFromAddressId { ref } } } } } }
fragment Head on Order { id: rowId ref type status createdOn totalPrice }
fragment Line on OrderItem { id: rowId ref quantity price totalPrice currency status }
fragment Buyer on Customer { id: rowId username firstName lastName primaryEmail }""",
)


def with_variables(document: str, values: Values) -> Values:
    """Return the body of a request: the document, and those of the values that it asks for."""
    asked = {name: value for name, value in values.items() if re.search(rf"\${name}\b", document)}
    return {"query": document, "variables": asked}


def with_literals(document: str, values: Values) -> Values:
    """Return the body of a request whose values stand in the document's text."""
    bare = re.sub(r"\Aquery \w*\s*\([^)]*\)", "query", document)
    return {"query": re.sub(r"\$(\w+)", lambda name: json.dumps(values[name[1]]), bare)}
