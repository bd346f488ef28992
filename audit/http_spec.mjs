// GraphQL over HTTP, judged by the audits of npm graphql-http.
import { auditServer } from "graphql-http";
import { row, stage } from "./report.mjs";

const results = await auditServer({ url: stage.development });
const fine = results.filter((it) => it.status === "ok");
const others = results.filter((it) => it.status !== "ok").map((it) => `${it.id} ${it.name}`);
row(
  "GraphQL over HTTP: audits of graphql-http",
  `${fine.length} of ${results.length}`,
  "all, 61 or more",
  others.length === 0 && results.length >= 61,
  others.join("; "),
);
