// GraphQL's reference implementation reads the running server, with the oldest and the newest options there are.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  type GraphQLSchema,
  type IntrospectionOptions,
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  lexicographicSortSchema,
  printSchema,
  validateSchema,
} from "graphql";
import { headers, url } from "./place.ts";

const NEWER: (keyof IntrospectionOptions)[] = [
  "specifiedByUrl",
  "directiveIsRepeatable",
  "schemaDescription",
  "inputValueDeprecation",
  "experimentalDirectiveDeprecation",
  "oneOf",
];

const text = (schema: GraphQLSchema) => printSchema(lexicographicSortSchema(schema));
const published = text(buildSchema(readFileSync("../../docs/reference/schema.graphql", "utf-8")));

for (const options of [[], ...NEWER.map((option) => [option]), NEWER]) {
  test(`the published schema comes with the options ${options}`, async () => {
    const query = getIntrospectionQuery(Object.fromEntries(options.map((option) => [option, true])));
    const sent = { method: "POST", headers: { ...headers, "Content-Type": "application/json" } };
    const { data, errors } = await (await fetch(url, { ...sent, body: JSON.stringify({ query }) })).json();
    assert.equal(errors, undefined);
    const served = buildClientSchema(data);
    assert.deepEqual(validateSchema(served), []);
    assert.equal(text(served), published);
  });
}
