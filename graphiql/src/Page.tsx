import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import { useMemo, useRef, useState } from "react";
import { BlankFiller, EXAMPLES_PLUGIN, EditorFit } from "./ExamplesPlugin";
import { EXAMPLES } from "./examples";
import { fetcherFor } from "./fetcher";
import { see } from "./found";
import { SignIn } from "./SignIn";
import { type Session, keep, restored } from "./session";

const PLUGINS = [EXAMPLES_PLUGIN, explorerPlugin(), HISTORY_PLUGIN];

export function Page() {
  const [session, setSession] = useState(restored);
  // The fetcher lives as long as the page: a new one would make GraphiQL load the schema again.
  const token = useRef(session?.accessToken ?? null);
  const fetcher = useMemo(() => fetcherFor(() => token.current, see), []);

  function change(next: Session | null) {
    token.current = next?.accessToken ?? null;
    keep(next);
    setSession(next);
  }

  return (
    <>
      <header className="bar">
        <h1>
          COMO Club <span>API</span>
        </h1>
        <SignIn key={session?.accessToken} session={session} onChange={change} />
      </header>
      <main className="work">
        <GraphiQL
          fetcher={fetcher}
          plugins={PLUGINS}
          defaultTabs={EXAMPLES}
          defaultEditorToolsVisibility="variables"
          shouldPersistHeaders={false}
        >
          <GraphiQL.Logo>{null}</GraphiQL.Logo>
          <GraphiQL.Toolbar>
            {({ prettify, copy, merge }) => (
              <>
                {prettify}
                {merge}
                {copy}
                <BlankFiller />
                <EditorFit />
              </>
            )}
          </GraphiQL.Toolbar>
        </GraphiQL>
      </main>
    </>
  );
}
