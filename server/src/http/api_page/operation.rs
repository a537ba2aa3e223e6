//! One call: its parameters, its body, its answers.

use super::example::example;
use super::schema::{describe, said, type_of};
use super::words::text;
use serde_json::Value;
use std::fmt::Write as _;

/// Method and path, with the method as a mark.
pub(super) fn title(route: &str) -> String {
    let (method, path) = route.split_once(' ').unwrap_or(("GET", route));
    format!(
        "<b class=\"method {}\">{}</b> <code>{}</code>",
        text(&method.to_ascii_lowercase()),
        text(method),
        text(path)
    )
}

/// What the description knows of a route; nothing when it does not list it.
pub(super) fn details(route: &str, description: &Value) -> String {
    let Some((method, path)) = route.split_once(' ') else {
        return String::new();
    };
    let found = description
        .get("paths")
        .and_then(|paths| paths.get(path)?.get(method.to_ascii_lowercase()));
    let Some(call) = found else {
        return String::new();
    };
    let components = components(description);
    let mut out = parameters(call);
    if let Some(content) = call.get("requestBody").and_then(|body| body.get("content")) {
        out.push_str("<h4>Body</h4>");
        for (kind, body) in content.as_object().into_iter().flatten() {
            let Some(schema) = body.get("schema") else {
                continue;
            };
            let _ = write!(
                out,
                "<p>{} <span class=\"kind\">{}</span></p>",
                type_of(schema),
                text(kind)
            );
            out.push_str(&folded("a body", &example(schema, components)));
        }
    }
    out.push_str(&answers(call, components));
    out
}

/// All named schemas.
pub(super) fn components(description: &Value) -> &Value {
    description
        .get("components")
        .and_then(|all| all.get("schemas"))
        .unwrap_or(&Value::Null)
}

fn parameters(call: &Value) -> String {
    let Some(all) = call.get("parameters").and_then(Value::as_array) else {
        return String::new();
    };
    let mut out = String::from(
        "<h4>Parameters</h4><div class=\"wide\"><table><thead><tr><th>Name</th><th>In</th><th>Type</th>\
         <th>What it is</th></tr></thead><tbody>",
    );
    for one in all {
        let word = |key: &str| text(one.get(key).and_then(Value::as_str).unwrap_or_default());
        let kind = one.get("schema").map(type_of).unwrap_or_default();
        let _ = write!(
            out,
            "<tr><th scope=\"row\"><code>{}</code></th><td>{}</td><td>{kind}</td><td>{}</td></tr>",
            word("name"),
            word("in"),
            said(one)
        );
    }
    out.push_str("</tbody></table></div>");
    out
}

fn answers(call: &Value, components: &Value) -> String {
    let mut out = String::from(
        "<h4>Answers</h4><div class=\"wide\"><table><thead><tr><th>Status</th><th>Body</th><th>When</th></tr></thead><tbody>",
    );
    let mut examples = String::new();
    for (status, answer) in call
        .get("responses")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let mut bodies = Vec::new();
        for (kind, body) in answer
            .get("content")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let schema = body.get("schema");
            let what = schema.map(type_of).unwrap_or_default();
            bodies.push(format!("{what} <span class=\"kind\">{}</span>", text(kind)));
            if let Some(schema) = schema.filter(|_| kind == "application/json") {
                let what = format!("a {} answer", text(status));
                examples.push_str(&folded(&what, &example(schema, components)));
            }
        }
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>",
            text(status),
            if bodies.is_empty() {
                "none".to_owned()
            } else {
                bodies.join("<br>")
            },
            said(answer)
        );
    }
    out.push_str("</tbody></table></div>");
    out + &examples
}

/// A named schema in full.
pub(super) fn named(name: &str, schema: &Value) -> String {
    format!(
        "<section class=\"card\" id=\"{}\"><h3>{}</h3>{}{}</section>",
        super::schema::place(name),
        text(name),
        said(schema),
        describe(schema)
    )
}

/// An example, closed until it is asked for; a browser's search opens it.
fn folded(of_what: &str, value: &Value) -> String {
    let words = serde_json::to_string_pretty(value).unwrap_or_default();
    format!(
        "<details><summary>Example of {of_what}</summary><pre tabindex=\"0\"><code>{}</code></pre></details>",
        text(&words)
    )
}
