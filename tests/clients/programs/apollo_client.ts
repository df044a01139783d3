import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";

const { PENSTOCK_URL, PENSTOCK_TOKEN } = process.env;
const headers = { Authorization: `Bearer ${PENSTOCK_TOKEN}` };
const link = new HttpLink({ uri: `${PENSTOCK_URL}/graphql`, headers });

type Types = { __schema: { types: { name: string; possibleTypes: { name: string }[] | null }[] } };

/** Ask which types implement each interface, for fragments on interfaces; it is enough to do so when building. */
export async function possibleTypes(): Promise<Record<string, string[]>> {
  const query = gql`query { __schema { types { name possibleTypes { name } } } }`;
  const { data } = await new ApolloClient({ link, cache: new InMemoryCache() }).query<Types>({ query });
  const found = data?.__schema.types.filter((type) => type.possibleTypes) ?? [];
  return Object.fromEntries(found.map((type) => [type.name, type.possibleTypes?.map(({ name }) => name) ?? []]));
}

export function newClient(possibleTypes: Record<string, string[]>): ApolloClient {
  const fields = { orders: relayStylePagination(["type", "status"]) }; // the filters that your queries use
  return new ApolloClient({ link, cache: new InMemoryCache({ possibleTypes, typePolicies: { Query: { fields } } }) });
}
