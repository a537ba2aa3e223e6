//! A schema in words and tables.

use super::example::{is_null, kind, name};
use super::words::{anchor, markdown, text};
use serde_json::Value;
use std::fmt::Write as _;

/// Where a named schema stands in the page.
pub(super) fn place(name: &str) -> String {
    format!("type-{}", anchor(name))
}

/// The type in a few words, with a link when it has a name.
pub(super) fn type_of(schema: &Value) -> String {
    if let Some(name) = name(schema) {
        return format!("<a href=\"#{}\">{}</a>", place(name), text(name));
    }
    for several in ["oneOf", "anyOf"] {
        if let Some(choices) = schema.get(several).and_then(Value::as_array) {
            let types: Vec<_> = choices
                .iter()
                .filter(|one| !is_null(one))
                .map(type_of)
                .collect();
            let or_null = if choices.iter().any(is_null) {
                " or null"
            } else {
                ""
            };
            return format!("{}{or_null}", types.join(" or "));
        }
    }
    let word = match kind(schema) {
        Some("array") => match schema.get("items") {
            Some(items) => format!("list of {}", type_of(items)),
            None => "list".to_owned(),
        },
        Some("object") => match schema
            .get("additionalProperties")
            .filter(|of| of.is_object())
        {
            Some(of) => format!("object of {}", type_of(of)),
            None => "object".to_owned(),
        },
        Some(word) => match schema.get("format").and_then(Value::as_str) {
            Some(format) => format!("{} ({})", text(word), text(format)),
            None => text(word),
        },
        None => "any".to_owned(),
    };
    let or_null = schema
        .get("type")
        .and_then(Value::as_array)
        .is_some_and(|all| all.iter().any(|one| one == "null"));
    if or_null {
        format!("{word} or null")
    } else {
        word
    }
}

/// A schema in full: its fields, its values, its forms.
pub(super) fn describe(schema: &Value) -> String {
    let mut out = String::new();
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let words: Vec<_> = values
            .iter()
            .map(|one| format!("<code>{}</code>", literal(one)))
            .collect();
        let _ = write!(out, "<p class=\"values\">{}</p>", words.join(" "));
    }
    for several in ["oneOf", "anyOf"] {
        if let Some(forms) = schema.get(several).and_then(Value::as_array) {
            out.push_str("<ul class=\"forms\">");
            for form in forms {
                let _ = write!(out, "<li>{}{}</li>", said(form), describe(form));
            }
            out.push_str("</ul>");
        }
    }
    for part in schema
        .get("allOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        out.push_str(&describe(part));
    }
    out.push_str(&fields(schema));
    if out.is_empty() {
        let _ = write!(out, "<p>{}</p>", type_of(schema));
    }
    out
}

/// What is said of it.
pub(super) fn said(schema: &Value) -> String {
    schema
        .get("description")
        .and_then(Value::as_str)
        .map(markdown)
        .unwrap_or_default()
}

/// The fields of an object, as a table.
fn fields(schema: &Value) -> String {
    let Some(fields) = schema.get("properties").and_then(Value::as_object) else {
        return String::new();
    };
    if fields.is_empty() {
        return "<p>No fields.</p>".to_owned();
    }
    let required = schema.get("required").and_then(Value::as_array);
    let mut out = String::from(
        "<div class=\"wide\"><table><thead><tr><th>Field</th><th>Type</th><th>What it is</th></tr></thead><tbody>",
    );
    for (name, field) in fields {
        let must = required.is_some_and(|all| all.iter().any(|one| one == name));
        let may = if must {
            ""
        } else {
            " <span class=\"may\">optional</span>"
        };
        let values = match field.get("enum").and_then(Value::as_array) {
            Some(values) => values
                .iter()
                .map(|one| format!("<code>{}</code> ", literal(one)))
                .collect(),
            None => String::new(),
        };
        let kind = if values.is_empty() {
            type_of(field)
        } else {
            values
        };
        let name = text(name);
        let _ = write!(
            out,
            "<tr><th scope=\"row\"><code>{name}</code>{may}</th><td>{kind}</td><td>{}</td></tr>",
            said(field)
        );
    }
    out.push_str("</tbody></table></div>");
    out
}

fn literal(value: &Value) -> String {
    match value {
        Value::String(words) => text(words),
        other => text(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::{describe, type_of};
    use serde_json::json;

    #[test]
    fn types_are_said_in_words_and_names_are_links() {
        let run = json!({"$ref": "#/components/schemas/RunId"});
        let link = "<a href=\"#type-runid\">RunId</a>";
        assert_eq!(type_of(&run), link);
        assert_eq!(
            type_of(&json!({"type": "array", "items": run})),
            format!("list of {link}")
        );
        assert_eq!(
            type_of(&json!({"oneOf": [{"type": "null"}, run]})),
            format!("{link} or null")
        );
        let time = json!({"type": ["string", "null"], "format": "date-time"});
        assert_eq!(type_of(&time), "string (date-time) or null");
    }

    #[test]
    fn a_field_that_may_be_left_out_says_so() {
        let schema = json!({"type": "object", "required": ["a"], "properties": {
            "a": {"type": "integer", "description": "First <b>."}, "b": {"type": "string"}}});
        let out = describe(&schema);
        assert_eq!(out.matches("optional").count(), 1, "{out}");
        assert!(out.contains("First &lt;b&gt;."), "{out}");
    }
}
