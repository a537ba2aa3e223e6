//! An example of a body, made from its schema.

use serde_json::{Map, Value, json};

const DEEPEST: u8 = 8;

/// What such a body looks like; every field is there.
pub(super) fn example(schema: &Value, components: &Value) -> Value {
    at(schema, components, 0)
}

fn at(schema: &Value, components: &Value, depth: u8) -> Value {
    if depth > DEEPEST {
        return json!({});
    }
    if let Some(given) = schema.get("example").or_else(|| schema.get("default")) {
        return given.clone();
    }
    if let Some(named) = referred(schema, components) {
        return at(named, components, depth + 1);
    }
    if let Some(first) = schema
        .get("enum")
        .and_then(Value::as_array)
        .and_then(|all| all.first())
    {
        return first.clone();
    }
    for several in ["oneOf", "anyOf"] {
        let choices = schema.get(several).and_then(Value::as_array);
        if let Some(choice) = choices.and_then(|all| all.iter().find(|one| !is_null(one))) {
            return at(choice, components, depth + 1);
        }
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        let mut whole = Map::new();
        for part in parts {
            if let Value::Object(fields) = at(part, components, depth + 1) {
                whole.extend(fields);
            }
        }
        return Value::Object(whole);
    }
    match kind(schema) {
        Some("object") => object(schema, components, depth),
        Some("array") => match schema.get("items") {
            Some(items) => json!([at(items, components, depth + 1)]),
            None => json!([]),
        },
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        Some("string") => string(schema),
        _ => Value::Null,
    }
}

fn object(schema: &Value, components: &Value, depth: u8) -> Value {
    let mut whole = Map::new();
    if let Some(fields) = schema.get("properties").and_then(Value::as_object) {
        for (name, field) in fields {
            whole.insert(name.clone(), at(field, components, depth + 1));
        }
    }
    if let Some(values) = schema
        .get("additionalProperties")
        .filter(|values| values.is_object())
    {
        let key = schema
            .get("propertyNames")
            .map_or_else(|| json!("name"), |names| at(names, components, depth + 1));
        if let Value::String(key) = key {
            whole.insert(key, at(values, components, depth + 1));
        }
    }
    Value::Object(whole)
}

fn string(schema: &Value) -> Value {
    match schema.get("format").and_then(Value::as_str) {
        Some("uuid") => json!("01a1fd3b-44f4-751c-b846-f23f52f4e303"),
        Some("date-time") => json!("2026-11-20T12:11:24.271Z"),
        _ => json!("…"),
    }
}

/// The schema that a reference names.
pub(super) fn referred<'a>(schema: &Value, components: &'a Value) -> Option<&'a Value> {
    components.get(name(schema)?)
}

/// The name that a reference gives.
pub(super) fn name(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.rsplit('/').next()
}

/// Its type, when there is one beside `null`.
pub(super) fn kind(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(one) => Some(one),
        Value::Array(several) => several
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null"),
        _ => None,
    }
}

pub(super) fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

#[cfg(test)]
mod tests {
    use super::example;
    use serde_json::json;

    #[test]
    fn every_field_is_there_and_references_are_followed() {
        let components = json!({
            "Id": {"type": "string", "format": "uuid"},
            "Kind": {"type": "string", "enum": ["sql", "none"]},
            "Loop": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Loop"}}},
        });
        let schema = json!({"type": "object", "properties": {
            "id": {"$ref": "#/components/schemas/Id"},
            "kind": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Kind"}]},
            "many": {"type": "array", "items": {"type": ["integer", "null"]}},
        }});
        assert_eq!(
            example(&schema, &components),
            json!({"id": "01a1fd3b-44f4-751c-b846-f23f52f4e303", "kind": "sql", "many": [1]})
        );
        let endless = json!({"$ref": "#/components/schemas/Loop"});
        assert!(example(&endless, &components).is_object(), "it ends");
    }
}
