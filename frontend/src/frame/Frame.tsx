import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import { Session } from "../session/session";
import { SignIn } from "../session/SignIn";
import icon from "./icon.svg";
import "./frame.css";

const session = new Session();

/** A page for users who are signed in: the bar above, and the sign-in form until then. */
export function Frame({ title, to, children }: { title: string; to: string; children: (of: Session) => ReactNode }) {
  const who = useSyncExternalStore(session.watch, () => session.who);
  const [error, setError] = useState("");
  const failed = (problem: Error) => setError(problem.message);

  useEffect(() => {
    session.renew().catch(failed);
  }, []);

  return (
    <>
      <header className="bar">
        <img src={icon} alt="" />
        <strong>Penstock</strong>
        <span className="quiet">{title}</span>
        {who && (
          <span className="who">
            <span title={`User ${who.username} of account ${who.account}`}>
              {who.username} <span className="quiet">{who.account}</span>
            </span>
            <button onClick={() => void session.signOut().catch(failed)}>Sign out</button>
          </span>
        )}
      </header>
      {error && (
        <p role="alert" className="trouble">
          {error} <button onClick={() => location.reload()}>Try again</button>
        </p>
      )}
      {who === null && <SignIn session={session} to={to} />}
      {who && children(session)}
    </>
  );
}
