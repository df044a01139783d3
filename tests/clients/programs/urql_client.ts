import { Client, cacheExchange, fetchExchange } from "@urql/core";

const { PENSTOCK_URL, PENSTOCK_TOKEN } = process.env;

export const client = new Client({
  url: `${PENSTOCK_URL}/graphql`,
  preferGetMethod: false,
  exchanges: [cacheExchange, fetchExchange],
  fetchOptions: { headers: { Authorization: `Bearer ${PENSTOCK_TOKEN}` } },
});
