//! Lines of an error log by their words: messages of these numbers are written without them.

/// Words that a message has, all of them, and its number.
const KNOWN: [(&[&str], i32); 11] = [
    (
        &["while attempting to establish a connection to availability replica"],
        35_201,
    ),
    (
        &[
            "from availability replica",
            "has been successfully established",
        ],
        35_202,
    ),
    (
        &["on a previously established connection to availability replica"],
        35_206,
    ),
    (&["connection to the primary replica is not active"], 35_250),
    (
        &["data movement for database", "has been suspended"],
        35_264,
    ),
    (&["data movement for database", "has been resumed"], 35_265),
    (
        &["Availability Groups connection with", "established for"],
        35_266,
    ),
    (
        &["Availability Groups connection with", "terminated for"],
        35_267,
    ),
    (&["is changing roles from"], 1_480),
    (&["state of the local availability replica"], 19_406),
    (&["lease between availability group", "expired"], 19_407),
];

/// The number of a message, when its words are known.
pub(super) fn number(text: &str) -> Option<i32> {
    let has = |words: &&str| text.contains(*words);
    let found = KNOWN.iter().find(|(all, _)| all.iter().all(&has));
    found.map(|(_, number)| *number)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn messages_are_known_by_their_words() {
        for (text, expected) in [
            (
                "A connection timeout has occurred on a previously established connection to availability replica 'B' with id [1].",
                Some(35_206),
            ),
            (
                "A connection timeout has occurred while attempting to establish a connection to availability replica 'B' with id [1].",
                Some(35_201),
            ),
            (
                "Always On Availability Groups connection with secondary database terminated for primary database 'shop' on the availability replica 'B'",
                Some(35_267),
            ),
            (
                "The state of the local availability replica in availability group 'ag' has changed from 'RESOLVING_NORMAL' to 'SECONDARY_NORMAL'.",
                Some(19_406),
            ),
            ("Starting up database 'shop'.", None),
            ("", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }
}
