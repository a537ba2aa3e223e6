//! Real texts: who wrote them, where the connection was, and what may have been the cause.

use super::{Decoded, MOST_READ, Sign, Trial, decode};
use model::Confidence;
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    name: String,
    text: Vec<String>,
    driver: Option<String>,
    phase: Option<String>,
    /// Code of the first cause.
    first: Option<String>,
    /// Codes of others that must be named.
    #[serde(default)]
    also: Vec<String>,
    server: Option<String>,
    database: Option<String>,
    #[serde(default)]
    numbers: Vec<String>,
}

fn texts() -> Vec<Text> {
    let files = [
        include_str!("texts/sqlclient.json"),
        include_str!("texts/jdbc.json"),
        include_str!("texts/odbc.json"),
        include_str!("texts/node.json"),
        include_str!("texts/go_rust.json"),
        include_str!("texts/servers.json"),
    ];
    let read = |file: &str| serde_json::from_str::<Vec<Text>>(file).expect("texts");
    files.into_iter().flat_map(read).collect()
}

fn key(of: &impl serde::Serialize) -> Option<String> {
    let value = serde_json::to_value(of).expect("JSON");
    value.as_str().map(str::to_owned)
}

fn codes(decoded: &Decoded) -> Vec<&str> {
    decoded
        .causes
        .iter()
        .map(|ranked| ranked.cause.code)
        .collect()
}

#[test]
fn real_texts_mean_what_they_mean() {
    let texts = texts();
    assert!(texts.len() >= 60, "{}", texts.len());
    let mut wrong = Vec::new();
    for case in &texts {
        let decoded = decode(&case.text.join("\n"));
        let found = codes(&decoded);
        let mut differs = |what: &str, found: String, wanted: String| {
            if found != wanted {
                wrong.push(format!("{}: {what} {found}, not {wanted}", case.name));
            }
        };
        let of = |option: &Option<String>| format!("{option:?}");
        differs("driver", of(&key(&decoded.driver)), of(&case.driver));
        differs("phase", of(&key(&decoded.phase)), of(&case.phase));
        let first = found.first().map(|code| (*code).to_owned());
        let weights: Vec<_> = decoded
            .causes
            .iter()
            .map(|one| (one.cause.code, one.weight))
            .collect();
        if first != case.first {
            differs("first", format!("{first:?} {weights:?}"), of(&case.first));
        }
        for code in &case.also {
            let named = found.contains(&code.as_str());
            differs(
                "also",
                format!("{named} {weights:?}"),
                format!("true {weights:?}") + if named { "" } else { code },
            );
        }
        if case.server.is_some() {
            differs("server", of(&decoded.named.server), of(&case.server));
        }
        if case.database.is_some() {
            differs("database", of(&decoded.named.database), of(&case.database));
        }
        let numbers: Vec<&str> = decoded
            .numbers
            .iter()
            .map(|number| number.value.as_str())
            .collect();
        for number in &case.numbers {
            differs(
                "number",
                format!("{}", numbers.contains(&number.as_str())),
                format!("true {number} {numbers:?}")
                    .split_at(4)
                    .0
                    .to_owned(),
            );
        }
        differs(
            "a run for its causes",
            format!("{}", decoded.run.is_some()),
            format!("{}", !found.is_empty()),
        );
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        texts.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_cause_says_why_and_none_is_proven() {
    for case in texts() {
        let decoded = decode(&case.text.join("\n"));
        for ranked in &decoded.causes {
            assert!(ranked.sure < Confidence::Proven);
            assert!(!ranked.why.is_empty() && !ranked.cause.advice.is_empty());
            for place in ranked.why.iter().flat_map(|why| &why.places) {
                assert!(!decoded.quote(*place).is_empty(), "{}", case.name);
            }
        }
        let quoted = ranked_words(&decoded);
        assert!(
            decoded.causes.is_empty() || quoted,
            "{}: no words are quoted",
            case.name
        );
        if let Some(run) = &decoded.run {
            assert_eq!(run.options.reason_refused(), None, "{}", case.name);
            let ladder = run
                .parts
                .iter()
                .any(|part| matches!(part.trial, Trial::Ladder(_)));
            assert_eq!(ladder, run.options.lasting.idle_ladder.is_some());
        }
    }
}

fn ranked_words(decoded: &Decoded) -> bool {
    let first = decoded.causes.first();
    first.is_some_and(|ranked| ranked.why.iter().any(|why| !why.places.is_empty()))
}

#[test]
fn times_are_read_and_the_longest_speaks() {
    let decoded = decode(
        "Connection Timeout Expired. The timeout period elapsed during the post-login phase. \
         [Pre-Login] initialization=83; handshake=12074; [Login] initialization=0; authentication=0; [Post-Login] complete=3569;",
    );
    let times: Vec<u64> = decoded.timings.iter().map(|timing| timing.ms).collect();
    assert_eq!(times, [83, 12_074, 0, 0, 3_569]);
    let why: Vec<&str> = decoded
        .causes
        .iter()
        .flat_map(|one| &one.why)
        .map(|why| why.says.as_str())
        .collect();
    assert!(why.contains(&"PRELOGIN and TLS took 12.1 s."), "{why:?}");
    assert!(codes(&decoded).contains(&"mtu_black_hole"));
}

#[test]
fn lines_are_counted() {
    let line = "ERR Connection reset by peer (os error 104) tiberius\n";
    let far = "x".repeat(300);
    let decoded = decode(&format!("{line}{far}\n").repeat(30));
    let reset = decoded
        .said
        .iter()
        .find(|said| said.sign == Sign::Reset)
        .expect("a reset");
    assert!((25..=60).contains(&reset.count), "{}", reset.count);
}

#[test]
fn nothing_that_is_decoded_holds_a_secret() {
    for secret in ["hunter2-Canary", "p%40ss-Canary", "C4nary+/=="] {
        let text = format!(
            "Server=tcp:contoso.database.windows.net,1433;Initial Catalog=orders;User ID=app;Password={secret};Encrypt=True\n\
             sqlserver://sa:{secret}@contoso.database.windows.net:1433\n\
             Connection reset by peer; AccessToken={secret}"
        );
        let decoded = decode(&text);
        let all = format!(
            "{decoded:?}{}",
            serde_json::to_string(&decoded).expect("JSON")
        );
        assert!(!all.contains(secret), "{all}");
        assert_eq!(decoded.secrets, 3);
        assert_eq!(
            decoded.named.server.as_deref(),
            Some("tcp:contoso.database.windows.net,1433")
        );
        assert_eq!(decoded.named.database.as_deref(), Some("orders"));
    }
}

#[test]
fn what_is_too_long_is_cut_at_a_letter() {
    let text = "ä".repeat(MOST_READ);
    let decoded = decode(&text);
    assert!(decoded.cut && decoded.text.len() <= MOST_READ);
    assert!(decoded.causes.is_empty() && decoded.run.is_none());
    assert!(!decode("").cut);
}

/// Texts that make naive matching slow.
#[test]
fn a_hostile_text_is_read_to_its_end() {
    for part in [
        "failed to connect to ",
        "password=;",
        "(provider: ",
        "://a:",
        "-----begin ",
        "connection reset ",
        "\"password\": \"",
        ".database.windows.net",
        " ",
    ] {
        let text = part.repeat(MOST_READ / part.len());
        assert!(!decode(&text).cut, "{part}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_is_decoded(text in any::<String>()) {
        let decoded = decode(&text);
        prop_assert!(decoded.text.len() <= text.len() + 3 * decoded.secrets);
    }

    #[test]
    fn any_mixture_of_known_words_is_decoded(parts in proptest::collection::vec((0..400_usize, "[ -~ä\\n]{0,12}"), 0..30)) {
        let rows: Vec<&str> = super::rows::ROWS.iter().copied().flatten().map(|row| row.words).collect();
        let text: String = parts.iter().map(|(row, more)| format!("{}{more}", rows[row % rows.len()])).collect();
        let decoded = decode(&text);
        for place in decoded.said.iter().flat_map(|said| &said.places) {
            prop_assert!(place.from < place.to && place.to <= decoded.text.len());
        }
    }
}
