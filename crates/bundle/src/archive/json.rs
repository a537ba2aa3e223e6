//! The shape of a JSON document, before anything is allocated for it.

use super::limits::Limits;
use super::refused::Why;

/// Depth, number of values and length of texts keep to the limits. Whether it is JSON at all is told by
/// whoever parses it.
pub(super) fn check(text: &[u8], limits: &Limits) -> Result<(), Why> {
    let (mut depth, mut values) = (0_usize, 0_usize);
    let mut string: Option<usize> = None;
    let mut escaped = false;
    for byte in text {
        if let Some(length) = string.as_mut() {
            *length += 1;
            if *length > limits.json_string {
                return Err(Why::JsonTooLarge);
            }
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => string = None,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => string = Some(0),
            b'[' | b'{' => {
                depth += 1;
                values += 1;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        if depth > limits.json_depth {
            return Err(Why::JsonTooDeep);
        }
        if values > limits.json_values {
            return Err(Why::JsonTooLarge);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Limits, Why, check};

    #[test]
    fn brackets_in_texts_are_texts_and_every_bound_holds() {
        let limits = Limits {
            json_depth: 2,
            json_values: 4,
            json_string: 6,
            ..Limits::default()
        };
        for (text, expected) in [
            (r#"{"a":[1,2]}"#, Ok(())),
            (r#"["[[[["]"#, Ok(())),
            (r#"["\"[[["]"#, Ok(())),
            ("]]]][[", Ok(())),
            ("[[[", Err(Why::JsonTooDeep)),
            ("[1,2,3,4,5]", Err(Why::JsonTooLarge)),
            (r#"["1234567"]"#, Err(Why::JsonTooLarge)),
        ] {
            assert_eq!(check(text.as_bytes(), &limits), expected, "{text}");
        }
    }
}
