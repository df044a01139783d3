// Who is signed in. The access token stays in this object's memory; what renews it is a cookie that no script can read.

const ADDRESS = "/api/v4.1/session";
const EARLY = 60_000; // milliseconds before its end at which a token is renewed

export interface Who {
  account: string;
  username: string;
}

export interface Credentials {
  username: string;
  password: string;
  account?: string;
}

interface Answer {
  access_token: string;
  expires_in: number;
  account: string;
  username: string;
}

/** An answer that is not the one hoped for; the message is for people. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export class Session {
  /** Who is signed in; null for nobody, undefined as long as that is not known. */
  who: Who | null | undefined;

  #token = "";
  #renewAt = 0;
  #renewing: Promise<void> | undefined;
  readonly #watchers = new Set<() => void>();
  readonly #tabs = new BroadcastChannel("penstock.session");

  constructor() {
    this.#tabs.onmessage = () => this.#end();
  }

  /** Calls back at each change of `who`; returns what ends that. */
  readonly watch = (changed: () => void): (() => void) => {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  };

  async signIn(credentials: Credentials): Promise<void> {
    const headers = { "Content-Type": "application/json" };
    const answer = await send("POST", { headers, body: JSON.stringify(credentials) });
    this.#begin((await answer.json()) as Answer);
  }

  /** Ends the session, here and in all other tabs. */
  async signOut(): Promise<void> {
    await send("DELETE");
    this.#tabs.postMessage("ended");
    this.#end();
  }

  /** Returns an access token with some life left. */
  async token(): Promise<string> {
    if (!this.#token || Date.now() > this.#renewAt) await this.renew();
    if (!this.#token) throw new Error("The session has ended; sign in again.");
    return this.#token;
  }

  /** Gets a new access token, or finds that nobody is signed in. Those who ask at once get the same one. */
  renew(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  async #renew(): Promise<void> {
    try {
      const answer = await send("PUT");
      if (answer.status === 204) this.#end();
      else this.#begin((await answer.json()) as Answer);
    } catch (error) {
      if (error instanceof Refused && error.status === 401) this.#end();
      else throw error;
    }
  }

  #begin({ access_token, expires_in, account, username }: Answer): void {
    const life = expires_in * 1000;
    this.#token = access_token;
    this.#renewAt = Date.now() + Math.max(life - EARLY, life / 2);
    if (this.who?.account !== account || this.who.username !== username) this.#tell({ account, username });
  }

  #end(): void {
    this.#token = "";
    if (this.who !== null) this.#tell(null);
  }

  #tell(who: Who | null): void {
    this.who = who;
    for (const changed of this.#watchers) changed();
  }
}

async function send(method: string, more: RequestInit = {}): Promise<Response> {
  const answer = await fetch(ADDRESS, { method, ...more }).catch(() => {
    throw new Refused(0, "Penstock does not answer. Is it running?");
  });
  if (answer.ok) return answer;
  const said = (await answer.json().catch(() => ({}))) as { message?: string };
  throw new Refused(answer.status, said.message ?? `Penstock answered with status ${answer.status}.`);
}
