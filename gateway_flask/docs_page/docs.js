"use strict";
// Draws /v1/openapi.json. Everything is set as text, never as HTML.
const METHODS = ["get", "post", "put", "patch", "delete"];

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function resolve(api, schema) {
  return schema.$ref ? api.components.schemas[schema.$ref.split("/").pop()] : schema;
}

function nameOf(schema) {
  if (schema.$ref) return schema.$ref.split("/").pop().split(".").pop();
  if (schema.anyOf) return schema.anyOf.map(nameOf).join(" | ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "array") return `[${schema.items ? nameOf(schema.items) : "…"}]`;
  return schema.format || schema.type || "anything";
}

function limits(schema) {
  const own = schema.anyOf ? schema.anyOf.find((each) => each.type !== "null") || {} : schema;
  const said = { minLength: "≥ # characters", maxLength: "≤ # characters", minimum: "≥ #", maximum: "≤ #", minItems: "≥ # items", maxItems: "≤ # items" };
  const parts = Object.keys(said).filter((key) => key in own).map((key) => said[key].replace("#", own[key].toLocaleString("en")));
  if ("default" in schema && schema.default !== null) parts.push(`default ${JSON.stringify(schema.default)}`);
  return parts.join(", ");
}

function inner(api, schema, seen) {
  const refs = [schema, ...(schema.anyOf || []), schema.items || {}].filter((each) => each.$ref && !seen.includes(each.$ref));
  return refs.map((each) => {
    const details = element("details", { class: "inner" }, element("summary", {}, element("code", {}, nameOf(each))));
    details.addEventListener("toggle", () => {
      if (details.children.length === 1) details.append(fields(api, each, [...seen, each.$ref]));
    });
    return details;
  });
}

function fields(api, schema, seen = []) {
  const shape = resolve(api, schema);
  if (!shape.properties) return element("p", {}, element("code", {}, nameOf(schema)), ...inner(api, shape, seen));
  const table = element("table", {}, element("tr", {}, element("th", {}, "field"), element("th", {}, "type"), element("th", {}, "")));
  for (const [name, field] of Object.entries(shape.properties)) {
    const needed = (shape.required || []).includes(name) ? "required" : "";
    const told = [needed, limits(field), field.description || ""].filter(Boolean).join(" · ");
    table.append(element("tr", {}, element("td", {}, element("code", {}, name)), element("td", {}, element("code", {}, nameOf(field)), ...inner(api, field, seen)), element("td", {}, told)));
  }
  return element("div", {}, element("p", { class: "summary" }, shape.description || ""), table);
}

function inputs(api, operation) {
  const parts = [];
  const parameters = operation.parameters || [];
  if (parameters.length) {
    const properties = Object.fromEntries(parameters.map((each) => [each.name, { ...each.schema, description: `in the ${each.in}` }]));
    parts.push(element("h3", {}, "Parameters"), fields(api, { properties, required: parameters.filter((each) => each.required).map((each) => each.name) }));
  }
  if (operation.requestBody) parts.push(element("h3", {}, "Body"), fields(api, operation.requestBody.content["application/json"].schema));
  return parts;
}

function answers(api, operation) {
  const parts = [element("h3", {}, "Answers")];
  for (const [status, answer] of Object.entries(operation.responses)) {
    const content = answer.content || {};
    const schema = (content["application/json"] || {}).schema;
    parts.push(element("p", {}, element("code", {}, status), " ", answer.description.replaceAll("`", "")));
    if (schema) parts.push(...inner(api, schema, []));
  }
  return parts;
}

function operationView(api, path, method, operation) {
  const summary = element("summary", {}, element("span", { class: `method ${method}` }, method.toUpperCase()), element("code", {}, path), element("span", { class: "summary" }, operation.summary));
  if (!operation.security) summary.append(element("span", { class: "open-door" }, "no sign-in"));
  const view = element("details", { class: "operation", id: operation.operationId }, summary);
  view.dataset.words = `${method} ${path} ${operation.summary} ${operation.operationId}`.toLowerCase();
  view.addEventListener("toggle", () => {
    if (view.children.length > 1) return;
    view.append(element("div", { class: "inside" }, element("p", {}, operation.description || ""), ...inputs(api, operation), ...answers(api, operation)));
  });
  return view;
}

function draw(api) {
  const main = document.getElementById("main");
  const contents = document.getElementById("contents");
  const topics = new Map();
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((each) => each in methods)) {
      const topic = methods[method].tags[0];
      if (!topics.has(topic)) topics.set(topic, []);
      topics.get(topic).push(operationView(api, path, method, methods[method]));
    }
  }
  main.replaceChildren(element("p", {}, api.info.description.replaceAll("`", "")));
  for (const [topic, views] of topics) {
    main.append(element("section", {}, element("h2", { id: `topic-${topic}` }, topic), ...views));
    contents.append(element("a", { href: `#topic-${topic}` }, topic));
  }
  openNamed();
}

function openNamed() {
  const named = document.getElementById(location.hash.slice(1));
  if (named && named.matches("details")) named.open = true;
  if (named) named.scrollIntoView();
}

function filter(event) {
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const section of document.querySelectorAll("main section")) {
    const views = [...section.querySelectorAll(".operation")];
    for (const view of views) view.hidden = !words.every((word) => view.dataset.words.includes(word));
    section.hidden = views.every((view) => view.hidden);
  }
}

window.addEventListener("hashchange", openNamed);
document.getElementById("filter").addEventListener("input", filter);
fetch("/v1/openapi.json").then((answer) => answer.json()).then(draw).catch((error) => {
  document.getElementById("state").textContent = `The document could not be loaded: ${error.message}`;
});
