import { lazy, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { Frame } from "../frame/Frame";

// The editor is heavy; whoever only sees the sign-in form need not wait for it.
const Explorer = lazy(() => import("./Explorer"));

const root = document.getElementById("root");
if (!root) throw new Error("the page has no #root");
createRoot(root).render(
  <StrictMode>
    <Frame title="GraphQL" to="to explore the API with your own permissions">
      {(session) => (
        <Suspense fallback={<p className="trouble">Loading the editor…</p>}>
          <Explorer session={session} />
        </Suspense>
      )}
    </Frame>
  </StrictMode>,
);
