import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useEffect } from "react";
import { EXAMPLES, type Example } from "./examples";
import { filled } from "./found";

const NARROW = "(max-width: 720px)";

/** The examples again, for a tab that was closed or changed. */
function Examples() {
  const { addTab, setVisiblePlugin } = useGraphiQLActions();
  const { queryEditor, variableEditor } = useGraphiQL((state) => state);

  function open({ query, variables }: Example) {
    addTab();
    queryEditor?.setValue(query);
    variableEditor?.setValue(filled(variables));
    // On a phone the panel lies over the tab that it has just opened.
    if (matchMedia(NARROW).matches) setVisiblePlugin(null);
  }

  return (
    <section aria-label="Examples">
      <h2 className="examples-title">Examples</h2>
      <p>One for each use case, from top to bottom. Each opens in a new tab.</p>
      <ul className="examples">
        {EXAMPLES.map((example) => (
          <li key={example.title}>
            <button type="button" onClick={() => open(example)}>
              {example.title}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden>
      <path d="M5 4.5h14v15H5z M8.5 9h7 M8.5 12.5h7 M8.5 16h4" />
    </svg>
  );
}

export const EXAMPLES_PLUGIN: GraphiQLPlugin = {
  title: "Examples",
  icon: Icon,
  content: Examples,
};

/** Fills the blanks of a tab's variables when the tab is opened. */
export function BlankFiller() {
  const { activeTabIndex, tabs, variableEditor } = useGraphiQL((state) => state);
  // GraphiQL leaves out the variables of the first tab when it starts without any stored.
  const given = tabs[activeTabIndex]?.variables ?? "";
  useEffect(() => {
    const text = variableEditor?.getValue() ?? "";
    const full = filled(text || given);
    if (full !== text) variableEditor?.setValue(full);
    // Only when another tab is opened: what somebody types is theirs.
  }, [activeTabIndex, variableEditor]);
  return null;
}

/** Long lines wrap; on a phone the line numbers make room. */
export function EditorFit() {
  const { queryEditor, variableEditor, responseEditor } = useGraphiQL((state) => state);
  useEffect(() => {
    const narrow = matchMedia(NARROW);
    const fit = () => {
      const lineNumbers = narrow.matches ? "off" : "on";
      queryEditor?.updateOptions({ wordWrap: "on", lineNumbers, folding: !narrow.matches });
      variableEditor?.updateOptions({ wordWrap: "on", lineNumbers });
      responseEditor?.updateOptions({ wordWrap: "on" });
    };
    fit();
    narrow.addEventListener("change", fit);
    return () => narrow.removeEventListener("change", fit);
  }, [queryEditor, variableEditor, responseEditor]);
  return null;
}
