import { type FormEvent, useState } from "react";
import { type Credentials, Refused, type Session } from "./session";

/** The form by which a user signs in. It asks for the account only where Penstock serves several. */
export function SignIn({ session, to }: { session: Session; to: string }) {
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const [asksAccount, setAsksAccount] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.currentTarget)) as unknown as Credentials;
    setBusy(true);
    try {
      await session.signIn(given);
    } catch (failed) {
      setError(failed instanceof Error ? failed.message : String(failed));
      if (failed instanceof Refused && failed.status === 400) setAsksAccount(true);
      setBusy(false);
    }
  }

  return (
    <main className="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <h1>Sign in</h1>
        <p className="quiet">{to}</p>
        {asksAccount && (
          <label>
            Account
            <input name="account" autoComplete="organization" required autoFocus />
          </label>
        )}
        <label>
          Username
          <input name="username" autoComplete="username" autoCapitalize="none" spellCheck={false} required autoFocus />
        </label>
        <label>
          Password
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        {error && <p role="alert">{error}</p>}
        <button disabled={busy}>{busy ? "Signing in…" : "Sign in"}</button>
      </form>
    </main>
  );
}
