// Apollo Client with a cache that knows the interfaces and joins pages.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, ServerError } from "@apollo/client";
import { filter, firstValueFrom } from "rxjs";
import {
  NewCustomerDocument,
  NewNameDocument,
  OneCustomerDocument,
  OneOrderDocument,
  OrdersPageDocument,
} from "../generated/penstock.ts";
import { newClient, possibleTypes } from "./apollo_client.ts";
import { checkOrder, edges, orders, pageBothWays, person, ref, type, url } from "./place.ts";

const types = await possibleTypes();

test("the interfaces are known by introspection", () => {
  assert.deepEqual([...types.Product].sort(), ["GroupProduct", "StandardProduct", "VariantProduct"]);
  assert.ok(types.Orchestrateable.includes("Order") && types.Node.includes("Customer"));
});

test("a query with variables, fragments and inline fragments on interfaces, also out of the cache", async () => {
  const client = newClient(types);
  const request = { query: OneOrderDocument, variables: { ref: "C-3" } };
  checkOrder((await client.query(request)).data?.order);
  checkOrder((await client.query({ ...request, fetchPolicy: "cache-only" })).data?.order);
});

test("a mutation changes what the cache holds", async () => {
  const client = newClient(types);
  const input = person("apollo");
  const made = (await client.mutate({ mutation: NewCustomerDocument, variables: { input } })).data?.createCustomer;
  assert.ok(made);
  assert.deepEqual(made.attributes?.[0]?.value, input.attributes[0].value);
  const request = { query: OneCustomerDocument, variables: { id: made.id } };
  assert.equal((await client.query(request)).data?.customerById?.firstName, "Ana");
  await client.mutate({ mutation: NewNameDocument, variables: { input: { username: "apollo", firstName: "Bea" } } });
  const cached = await client.query({ ...request, fetchPolicy: "cache-only" });
  assert.equal(cached.data?.customerById?.firstName, "Bea");
});

test("an error arrives with its code", async () => {
  const repeated = { mutation: NewCustomerDocument, variables: { input: person("ana") } };
  await assert.rejects(newClient(types).mutate(repeated), (error) => {
    assert.ok(CombinedGraphQLErrors.is(error), String(error));
    assert.equal(error.errors[0].extensions?.code, "C0123E");
    assert.deepEqual(error.errors[0].path, ["createCustomer"]);
    return true;
  });
});

test("a token that is refused shows by its status", async () => {
  const link = new HttpLink({ uri: url, headers: { Authorization: "Bearer stale" } });
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  await assert.rejects(client.query({ query: OneOrderDocument, variables: { ref: "C-3" } }), (error) => {
    assert.ok(ServerError.is(error), String(error));
    assert.equal(error.statusCode, 401);
    return true;
  });
});

test("pages in both directions by the cursors of the edges", async () => {
  const client = newClient(types);
  await pageBothWays(async (variables) => {
    return (await client.query({ query: OrdersPageDocument, variables, fetchPolicy: "no-cache" })).data;
  });
});

test("relayStylePagination joins the pages, though pageInfo has no cursors", async () => {
  const client = newClient(types);
  const watched = client.watchQuery({ query: OrdersPageDocument, variables: { type, first: 20 } });
  const shown = () => client.readQuery({ query: OrdersPageDocument, variables: { type } })?.orders;
  await firstValueFrom(watched.pipe(filter((result) => !result.loading)));
  for (let size = 20; shown()?.pageInfo?.hasNextPage; size += 20) {
    assert.equal(edges(shown()).length, size);
    await watched.fetchMore({ variables: { after: edges(shown()).at(-1)?.cursor } });
  }
  assert.equal(new Set(edges(shown()).map(ref)).size, orders);
});
