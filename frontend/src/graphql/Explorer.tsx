import { createLocalStorage } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { useMemo } from "react";
import type { Session } from "../session/session";
import { fetcherOf } from "./fetcher";
import "./workers";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./graphql.css";

const FIRST_QUERY = `# Run it:       Ctrl-Enter
# Complete:     Ctrl-Space
# Descriptions: the book, left

{
  me {
    username
    roles {
      role {
        name
      }
    }
  }
  orders(first: 5) {
    edges {
      node {
        ref
        status
        type
        createdOn
      }
    }
  }
}
`;

/** GraphiQL, asking with the session's token. Each user's tabs and history are kept apart. */
export default function Explorer({ session }: { session: Session }) {
  const fetcher = useMemo(() => fetcherOf(session), [session]);
  const { account, username } = session.who ?? { account: "", username: "" };
  const storage = useMemo(
    () => createLocalStorage({ namespace: `penstock:${account}:${username}` }),
    [account, username],
  );
  return (
    <GraphiQL
      key={`${account}:${username}`}
      fetcher={fetcher}
      storage={storage}
      defaultQuery={FIRST_QUERY}
      forcedTheme="system"
      shouldPersistHeaders={false}
      schemaDescription
    >
      <GraphiQL.Logo> </GraphiQL.Logo>
    </GraphiQL>
  );
}
