import { defineConfig } from "vite";

export default defineConfig({
  // The BFF serves the build under this path.
  base: "/graphiql/",
  worker: { format: "es" },
  build: {
    // Monaco alone is larger than Vite's warning allows; the page is for developers.
    chunkSizeWarningLimit: 8000,
    // Inlined files would need `data:` in the page's Content-Security-Policy.
    assetsInlineLimit: 0,
    // Vite's polyfill is an inline script, which the policy forbids.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // "use client" marks of React libraries mean nothing in a page without a server half.
      onLog: (level, log, report) => {
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") report(level, log);
      },
    },
  },
});
