import type { Fetcher } from "@graphiql/toolkit";
import type { ExecutionResult } from "graphql";
import type { Session } from "../session/session";

/** Returns the function by which GraphiQL asks: as the session's user, once more when the token has just ended. */
export function fetcherOf(session: Session): Fetcher {
  return async (operation, options) => {
    const send = async () =>
      fetch("/graphql", {
        method: "POST",
        headers: {
          Authorization: `Bearer ${await session.token()}`,
          "Content-Type": "application/json",
          ...options?.headers,
        },
        body: JSON.stringify(operation),
      });
    let answer = await send();
    if (answer.status === 401) {
      await session.renew();
      answer = await send();
    }
    return (await answer.json()) as ExecutionResult;
  };
}
