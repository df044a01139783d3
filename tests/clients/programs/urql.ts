// urql's core, with its document cache.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, fetchExchange } from "@urql/core";
import {
  NewCustomerDocument,
  OneCustomerDocument,
  OneOrderDocument,
  OrdersPageDocument,
} from "../generated/penstock.ts";
import { checkOrder, headers, pageBothWays, person, url } from "./place.ts";
import { client } from "./urql_client.ts";

test("a query with variables, fragments and inline fragments on interfaces", async () => {
  const { data, error } = await client.query(OneOrderDocument, { ref: "C-3" });
  assert.equal(error, undefined);
  checkOrder(data?.order);
});

test("a mutation, and its result read back", async () => {
  const input = person("urql");
  const { data, error } = await client.mutation(NewCustomerDocument, { input });
  assert.equal(error, undefined);
  assert.deepEqual(data?.createCustomer?.attributes?.[0]?.value, input.attributes[0].value);
  const read = await client.query(OneCustomerDocument, { id: data?.createCustomer?.id ?? "" });
  assert.equal(read.data?.customerById?.username, "urql");
});

test("an error arrives with its code", async () => {
  const { error } = await client.mutation(NewCustomerDocument, { input: person("ana") });
  assert.equal(error?.graphQLErrors[0].extensions.code, "C0123E");
  assert.deepEqual(error.graphQLErrors[0].path, ["createCustomer"]);
});

test("pages in both directions by the cursors of the edges", async () => {
  await pageBothWays(async (variables) => {
    const { data, error } = await client.query(OrdersPageDocument, variables, { requestPolicy: "network-only" });
    assert.equal(error, undefined);
    return data;
  });
});

const exchanges = [fetchExchange];

test("a token that is refused shows by its status", async () => {
  const fetchOptions = { headers: { Authorization: "Bearer stale" } };
  const stale = new Client({ url, exchanges, fetchOptions, preferGetMethod: false });
  const { data, error } = await stale.query(OneOrderDocument, { ref: "C-3" });
  assert.equal(data, undefined);
  assert.equal(error?.response.status, 401);
});

test("who leaves out preferGetMethod is told what to do", async () => {
  const careless = new Client({ url, exchanges, fetchOptions: { headers } });
  const { error } = await careless.query(OneOrderDocument, { ref: "C-3" });
  assert.equal(error?.response.status, 405);
  assert.match(error.message, /by POST/);
});
