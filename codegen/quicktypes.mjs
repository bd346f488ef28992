// Swift and Kotlin types for the answers of our sample operations and for the inputs they take.
// Prints nothing; writes out/swift/Club.swift and out/kotlin/Club.kt.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { buildSchema, introspectionFromSchema, isEnumType, isInputObjectType, isListType, isNonNullType } from "graphql";
import { InputData, JSONSchemaInput, quicktype } from "quicktype-core";
import { GraphQLInput } from "quicktype-graphql-input";

const OPERATIONS = new URL("../graphiql/src/examples/", import.meta.url);
const schema = buildSchema(readFileSync(new URL("../schema.graphql", import.meta.url), "utf8"));

/** quicktype knows neither meta-fields nor subscriptions: it is shown plain fields and a query. */
function introspection(queryType) {
  const found = introspectionFromSchema(schema);
  const name = { kind: "NON_NULL", ofType: { kind: "SCALAR", name: "String" } };
  for (const type of found.__schema.types) {
    if (!["OBJECT", "INTERFACE", "UNION"].includes(type.kind)) continue;
    type.fields = [...(type.fields ?? []), { name: "__typename", args: [], type: name }];
  }
  found.__schema.queryType = { name: queryType };
  return { data: found };
}

async function answers() {
  const input = new GraphQLInput();
  for (const file of readdirSync(OPERATIONS).sort()) {
    const text = readFileSync(new URL(file, OPERATIONS), "utf8");
    const [, kind, name] = /^(query|mutation|subscription) (\w+)/m.exec(text);
    const isStream = kind === "subscription";
    input.addSource({
      name,
      schema: introspection(isStream ? "Subscription" : "Query"),
      query: isStream ? text.replace(/^subscription/m, "query") : text,
    });
  }
  return input;
}

const SCALARS = { Int: "integer", Float: "number", Boolean: "boolean" };

/** The JSON schema of what a variable of the type may be. */
function jsonSchema(type) {
  if (isNonNullType(type)) return jsonSchema(type.ofType);
  if (isListType(type)) return { type: "array", items: jsonSchema(type.ofType) };
  if (isEnumType(type)) return { title: type.name, enum: type.getValues().map((it) => it.name) };
  if (!isInputObjectType(type)) return { type: SCALARS[type.name] ?? "string" };
  const fields = Object.values(type.getFields());
  return {
    title: type.name,
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(fields.map((it) => [it.name, jsonSchema(it.type)])),
    required: fields.filter((it) => isNonNullType(it.type)).map((it) => it.name),
  };
}

async function inputs() {
  const input = new JSONSchemaInput();
  for (const type of Object.values(schema.getTypeMap()).filter(isInputObjectType)) {
    await input.addSource({ name: type.name, schema: JSON.stringify(jsonSchema(type)) });
  }
  return input;
}

const TARGETS = [
  { lang: "swift", file: "Club.swift", rendererOptions: {} },
  { lang: "kotlin", file: "Club.kt", rendererOptions: { "just-types": "true" } },
];

for (const { lang, file, rendererOptions } of TARGETS) {
  const inputData = new InputData();
  inputData.addInput(await answers());
  inputData.addInput(await inputs());
  const { lines } = await quicktype({ inputData, lang, rendererOptions });
  const target = new URL(`out/${lang}/`, import.meta.url);
  mkdirSync(target, { recursive: true });
  writeFileSync(new URL(file, target), lines.join("\n"));
}
