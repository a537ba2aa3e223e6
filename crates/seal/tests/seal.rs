//! What seal promises: it opens what libsodium made, refuses everything else, and prints no secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;
use seal::{
    Contents, Error, PublicKey, Purpose, Refusal, SecretKey, check, fingerprint, open, seal,
};

/// Made by libsodium (PyNaCl 1.6.2, `SealedBox`) with the secret key 01 02 … 20.
const BY_LIBSODIUM: &str = "TUWsZXxEfkxbLtHci6il1jtIOyDmUZUvc78+eSUVTyiNw23LJbVL5LXES+UG7CQrKZczu5k7Riwv2O69sC0HXBn785Cgh1lFTeuyswLe987sIqT2VLZaXhbl8qs9FoJ1AxJM+fqkiOs67+jKYZ3JMS25z8QwvZPvEJoaKruFfwN3HXVtdCkY7m1Ab0DcT122qfDBoLD5qia1+bBVfbU3XJGGfnUuhzXanPf0/i150DZxdeApx96uK3VApcVOjFCxKRFV8PIPkUeAuL/7Be/KdcKxltm36ghF68C4wOrR/TkeuORT097+Jgb8BQ6DDAkikyP6hFNlhz8kUbfN9FwXue4s3hROtBaD4EyLaaLwr4WfYQahy6GgmA==";
const PUBLIC_KEY_BY_LIBSODIUM: &str = "B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9/AsrhtHHw=";

fn key() -> SecretKey {
    let mut bytes = [0_u8; 32];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = place as u8 + 1;
    }
    SecretKey::from_bytes(bytes)
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn purpose() -> Purpose {
    Purpose {
        user: "practice".to_owned(),
        host: "db.example.net".to_owned(),
        port: Some(1433),
        trust_server_certificate: false,
        allow_clear_text: true,
    }
}

fn contents() -> Contents {
    Contents::new(
        "Secret-Passw0rd".to_owned(),
        purpose(),
        time("2026-11-21T08:15:00Z"),
    )
}

/// Seals any JSON, so that tests can say what an agent must refuse.
fn seal_raw(json: &str) -> String {
    let to = crypto_box::PublicKey::from_bytes(key().public_key().to_bytes());
    STANDARD.encode(
        to.seal(&mut crypto_box::aead::OsRng, json.as_bytes())
            .expect("seals"),
    )
}

#[test]
fn opens_what_libsodium_sealed() {
    let key = key();
    assert_eq!(key.public_key().to_base64(), PUBLIC_KEY_BY_LIBSODIUM);
    let opened = open(BY_LIBSODIUM, &key).expect("opens");
    assert_eq!(opened.secret.as_str(), "Pässw0rd \"quoted\" ☃");
    assert_eq!(opened.purpose, purpose());
    assert_eq!(opened.nonce, "00112233445566778899aabbccddeeff");
    assert_eq!(opened.not_after, "2026-11-21T08:15:00Z");
}

#[test]
fn a_fingerprint_is_eight_groups_of_four_hex_digits() {
    let key = PublicKey::from_base64(PUBLIC_KEY_BY_LIBSODIUM).expect("a key");
    assert_eq!(fingerprint(&key), "aaa8 fff7 03b5 0b22 97f4 f6e1 3508 f724");
}

#[test]
fn what_is_sealed_opens_only_with_its_key_and_unchanged() {
    let key = key();
    let sealed = seal(&contents(), &key.public_key()).expect("seals");
    assert_eq!(
        open(&sealed, &key).expect("opens").secret.as_str(),
        "Secret-Passw0rd"
    );
    assert_eq!(
        open(&sealed, &SecretKey::generate()),
        Err(Error::NotSealedToThisKey)
    );
    let bytes = STANDARD.decode(&sealed).expect("base64");
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        let other = open(&STANDARD.encode(&changed), &key);
        assert_eq!(other, Err(Error::NotSealedToThisKey), "byte {place}");
    }
    for length in 0..bytes.len() {
        assert!(open(&STANDARD.encode(&bytes[..length]), &key).is_err());
    }
    assert_ne!(
        sealed,
        seal(&contents(), &key.public_key()).expect("seals"),
        "two boxes are never alike"
    );
}

#[test]
fn only_canonical_json_of_this_version_is_opened() {
    let fields = r#""secret":"s","user":"u","host":"h","port":null,"trust_server_certificate":false,"allow_clear_text":true,"nonce":"00112233445566778899aabbccddeeff","not_after":"2026-11-21T08:15:00Z""#;
    let cases = [
        (format!(r#"{{"v":1,{fields}}}"#), None),
        (
            format!(r#"{{"v":2,{fields}}}"#),
            Some(Error::WrongVersion(2)),
        ),
        (format!(r#"{{"v":1, {fields}}}"#), Some(Error::NotCanonical)),
        (format!(r#"{{{fields},"v":1}}"#), Some(Error::NotCanonical)),
        (
            format!(r#"{{"v":1,{fields},"extra":1}}"#),
            Some(Error::NotCanonical),
        ),
        (
            format!(r#"{{"v":1,"secret":"x",{fields}}}"#),
            Some(Error::NotCanonical),
        ),
        (
            format!(r#"{{"v":1,{}}}"#, fields.replace("\"h\"", "\"\\u0068\"")),
            Some(Error::NotCanonical),
        ),
        (
            format!(r#"{{"v":1,{}}}"#, fields.replace("\"s\"", "\"\"")),
            Some(Error::OutOfBounds("secret")),
        ),
        (
            format!(r#"{{"v":1,{}}}"#, fields.replace("\"u\"", "\"\"")),
            Some(Error::OutOfBounds("user")),
        ),
        (
            format!(r#"{{"v":1,{}}}"#, fields.replace("0011", "")),
            Some(Error::OutOfBounds("nonce")),
        ),
        (
            format!(r#"{{"v":1,{}}}"#, fields.replace("0011", "zz11")),
            Some(Error::OutOfBounds("nonce")),
        ),
        (
            format!(r#"{{"v":1,{}}}"#, fields.replace("2026-", "")),
            Some(Error::OutOfBounds("not_after")),
        ),
        (
            format!(
                r#"{{"v":1,{}}}"#,
                fields.replace("\"s\"", &format!("\"{}\"", "s".repeat(8_193)))
            ),
            Some(Error::OutOfBounds("secret")),
        ),
        ("[]".to_owned(), Some(Error::NotCanonical)),
        (String::new(), Some(Error::NotCanonical)),
    ];
    for (json, wanted) in cases {
        let got = open(&seal_raw(&json), &key());
        assert_eq!(got.err(), wanted, "{json:.120}");
    }
}

#[test]
fn bounds_hold_before_anything_is_decoded() {
    assert_eq!(open(&"A".repeat(30_000), &key()), Err(Error::TooLarge));
    assert_eq!(open("not base64!", &key()), Err(Error::NotBase64));
    assert_eq!(open("", &key()), Err(Error::NotSealedToThisKey));
    assert_eq!(
        open(&seal_raw(&"x".repeat(seal::LONGEST_CONTENTS + 1)), &key()).err(),
        Some(Error::TooLarge)
    );
    let mut large = contents();
    large.purpose.user = "u".repeat(513);
    assert_eq!(
        seal(&large, &key().public_key()),
        Err(Error::OutOfBounds("user"))
    );
    assert!(PublicKey::from_base64("AAAA").is_err());
    assert!(SecretKey::from_base64(&"A".repeat(400)).is_err());
}

#[test]
fn a_secret_is_good_for_its_plan_and_its_time_only() {
    let contents = contents();
    let now = time("2026-11-21T08:00:00Z");
    let ask = |plan: &Purpose, now| check(&contents, plan, now);
    let plan = purpose();
    type Change = fn(&mut Purpose);
    let cases: [(Change, Result<(), Refusal>); 8] = [
        (|plan| plan.host = "DB.Example.net".into(), Ok(())),
        (|plan| plan.allow_clear_text = false, Ok(())),
        (
            |plan| plan.host = "db.example.org".into(),
            Err(Refusal::OtherHost),
        ),
        (|plan| plan.port = Some(1434), Err(Refusal::OtherPort)),
        (|plan| plan.port = None, Err(Refusal::OtherPort)),
        (
            |plan| plan.user = "Practice".into(),
            Err(Refusal::OtherUser),
        ),
        (
            |plan| plan.trust_server_certificate = true,
            Err(Refusal::CertificateToBeVerified),
        ),
        (|_| {}, Ok(())),
    ];
    for (change, wanted) in cases {
        let mut changed = plan.clone();
        change(&mut changed);
        assert_eq!(ask(&changed, now), wanted, "{changed:?}");
    }
    let mut encrypted_only = contents.clone();
    encrypted_only.purpose.allow_clear_text = false;
    assert_eq!(
        check(&encrypted_only, &plan, now),
        Err(Refusal::NotInClearText)
    );
    assert_eq!(ask(&plan, now + Duration::minutes(15)), Ok(()));
    assert_eq!(
        ask(&plan, now + Duration::seconds(901)),
        Err(Refusal::Expired)
    );
    assert_eq!(
        ask(&plan, now - Duration::hours(24)),
        Err(Refusal::ValidTooLong)
    );
}

#[test]
fn nothing_prints_a_secret() {
    let key = SecretKey::generate();
    let printed = format!("{:?} {:?} {:?}", contents(), key, key.public_key());
    assert!(!printed.contains("Secret-Passw0rd"), "{printed}");
    assert!(!printed.contains(key.to_base64().as_str()), "{printed}");
    assert!(printed.contains(&fingerprint(&key.public_key())));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn round_trip(secret in ".{1,128}", user in ".{1,100}", host in "[a-z0-9.:-]{1,200}", port: Option<u16>, ticks: (bool, bool)) {
        let key = key();
        let (trust_server_certificate, allow_clear_text) = ticks;
        let purpose = Purpose { user, host, port, trust_server_certificate, allow_clear_text };
        let contents = Contents::new(secret, purpose, time("2026-11-21T08:15:00Z"));
        let opened = open(&seal(&contents, &key.public_key()).expect("seals"), &key).expect("opens");
        prop_assert_eq!(opened, contents);
    }

    #[test]
    fn any_text_is_refused_calmly(text in ".{0,400}") {
        prop_assert!(open(&text, &key()).is_err());
    }
}
