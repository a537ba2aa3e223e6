//! Archives that nobody should send, and one changed byte anywhere.

use crate::log::{archive, events};
use bundle::{Limits, Refused, open};
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

fn good() -> Vec<u8> {
    archive(&events("db.example.net"))
}

fn refused(what: &str, bytes: &[u8]) -> Refused {
    match open(Cursor::new(bytes), &Limits::default()) {
        Ok(_) => panic!("taken: {what}"),
        Err(refused) => refused,
    }
}

fn files(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = ZipArchive::new(Cursor::new(archive)).expect("a zip");
    (0..zip.len())
        .map(|index| {
            let mut file = zip.by_index(index).expect("a file");
            let mut bytes = Vec::new();
            std::io::copy(&mut file, &mut bytes).expect("read");
            (file.name().expect("a name").into_owned(), bytes)
        })
        .collect()
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

fn pack(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    pack_with(files, |_| options())
}

fn pack_with(files: &[(String, Vec<u8>)], options: impl Fn(&str) -> SimpleFileOptions) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name.as_str(), options(name)).expect("begun");
        zip.write_all(bytes).expect("written");
    }
    zip.finish().expect("finished").into_inner()
}

/// The same archive with a file of another name beside the others.
fn with_file(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut all = files(&good());
    all.push((name.to_owned(), bytes.to_vec()));
    pack(&all)
}

fn replace_all(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at + from.len() <= out.len() {
        if &out[at..at + from.len()] == from {
            out[at..at + from.len()].copy_from_slice(to);
        }
        at += 1;
    }
    out
}

/// Changes one file's text.
fn edited(name: &str, edit: impl Fn(String) -> String) -> Vec<u8> {
    let mut all = files(&good());
    for (file, bytes) in &mut all {
        if file == name {
            *bytes = edit(String::from_utf8(bytes.clone()).expect("UTF-8")).into_bytes();
        }
    }
    pack(&all)
}

/// The same, with a manifest that agrees with the change.
fn edited_with_manifest(name: &str, edit: impl Fn(String) -> String) -> Vec<u8> {
    use sha2::Digest as _;
    let mut all = files(&edited(name, edit));
    let mut manifest: serde_json::Value = serde_json::from_slice(&all[0].1).expect("JSON");
    for listed in manifest["files"].as_array_mut().expect("files") {
        let (_, bytes) = all
            .iter()
            .find(|(file, _)| listed["name"] == file.as_str())
            .expect("there");
        listed["bytes"] = bytes.len().into();
        let hash = sha2::Sha256::digest(bytes);
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        listed["sha256"] = hex.into();
    }
    all[0].1 = serde_json::to_vec(&manifest).expect("JSON");
    pack(&all)
}

#[test]
fn a_packed_again_archive_is_taken_so_the_rest_is_refused_for_its_own_fault() {
    open(Cursor::new(pack(&files(&good()))), &Limits::default()).expect("taken");
    let same = edited_with_manifest("report.md", |text| text + "more\n");
    open(Cursor::new(same), &Limits::default()).expect("taken");
}

#[test]
fn names_that_no_bundle_holds() {
    for name in [
        "../evil.txt",
        "..\\evil.txt",
        "/etc/passwd",
        "C:\\evil.txt",
        "Log_../../evil.txt",
        "Log_a/b.txt",
        "Log_a\u{202e}b.txt",
        "Log_a\nb.txt",
        "run.json.",
        "RUN.JSON",
        "nested.zip",
        "NUL",
        "report.md/",
        "",
        "Log_.txt.exe",
    ] {
        let refused = refused(name, &with_file(name, b"x"));
        assert!(
            matches!(
                refused,
                Refused::Name | Refused::NotABundle(_) | Refused::Broken(_)
            ),
            "{name:?}: {refused:?}"
        );
    }
    let long = format!("Log_{}.txt", "x".repeat(300));
    assert!(matches!(
        refused("long", &with_file(&long, b"x")),
        Refused::Name
    ));
    // Two files of one name, and names that are no UTF-8.
    let twice = with_file("Log_twins.txt", b"x");
    let twice = replace_all(&twice, b"Log_twins.txt", b"report.mdrepo");
    assert!(matches!(refused("a strange name", &twice), Refused::Name));
    let mut all = files(&good());
    all.push(("Repo.json".to_owned(), b"x".to_vec()));
    all.push(("rupo.json".to_owned(), b"x".to_vec()));
    let twins = replace_all(&pack(&all), b"rupo.json", b"report.md");
    assert!(matches!(refused("twins", &twins), Refused::Name));
    let odd = replace_all(&good(), b"report.html", b"report.\xff\xfe\xfd\xfc");
    assert!(matches!(refused("not UTF-8", &odd), Refused::Name));
}

#[test]
fn files_that_are_not_plain() {
    let all = files(&good());
    let link = pack_with(&all, |name| match name {
        "report.md" => options().unix_permissions(0o120_777),
        _ => options(),
    });
    // The writer adds what a plain file has; a link is made by changing the mode where it stands.
    let mut link_bytes = link.clone();
    patch_mode(&mut link_bytes, b"report.md", 0o120_777);
    assert!(matches!(
        refused("a link", &link_bytes),
        Refused::NotABundle(_)
    ));
    let mut encrypted = good();
    patch_central(&mut encrypted, b"report.md", 8, &[1, 0]);
    refused("encrypted", &encrypted);
    let mut method = good();
    patch_central(&mut method, b"report.md", 10, &[99, 0]);
    refused("an unknown method", &method);
}

#[test]
fn archives_that_are_not_in_one_piece() {
    let good = good();
    refused("nothing", b"");
    refused("no zip", b"hello, this is not a zip file at all");
    refused("an empty zip", &pack(&[]));
    let mut before = b"#!/bin/sh\n".to_vec();
    before.extend_from_slice(&good);
    refused("something before it", &before);
    let mut after = good.clone();
    after.extend_from_slice(b"tail");
    refused("something after it", &after);
    let end = good.len() - 22;
    for (what, at, value) in [
        ("another disk", 4, 1_u8),
        ("a directory on another disk", 6, 1),
        ("fewer files here", 8, 1),
        ("fewer files", 10, 1),
        ("a million files", 11, 0xff),
        ("a smaller directory", 12, 1),
        ("another place", 16, 1),
        ("a comment", 20, 1),
    ] {
        let mut changed = good.clone();
        changed[end + at] = value;
        refused(what, &changed);
    }
    for cut in (0..good.len()).step_by(101) {
        refused("cut off", &good[..cut]);
        refused("without its start", &good[good.len() - cut..]);
    }
}

#[test]
fn files_that_are_too_large_when_they_are_inflated() {
    let bomb = with_file("Log_bomb.txt", &vec![b'0'; 8 * 1024 * 1024]);
    assert!(matches!(refused("a bomb", &bomb), Refused::TooLarge(_)));
    let small = Limits {
        file_bytes: 100,
        ..Limits::default()
    };
    assert!(matches!(
        open(Cursor::new(good()), &small),
        Err(Refused::TooLarge(_))
    ));
    let few = Limits {
        all_bytes: 4_000,
        ..Limits::default()
    };
    assert!(matches!(
        open(Cursor::new(good()), &few),
        Err(Refused::TooLarge(_))
    ));
    let tiny = Limits {
        archive_bytes: 1_000,
        ..Limits::default()
    };
    assert!(matches!(
        open(Cursor::new(good()), &tiny),
        Err(Refused::TooLarge(_))
    ));
    // Says that it is small, and is not.
    let mut lies = good();
    patch_central(&mut lies, b"report.md", 24, &[1, 0, 0, 0]);
    refused("a size that lies", &lies);
}

#[test]
fn contents_that_contradict_the_manifest() {
    let changed = edited("report.md", |text| text.replace("##", "#!"));
    assert!(matches!(
        refused("a changed report", &changed),
        Refused::Changed(_)
    ));
    for (what, from, to) in [
        (
            "another version",
            "\"schema_version\": 1",
            "\"schema_version\": 2",
        ),
        ("another run", "0000-000000000007", "0000-000000000008"),
        (
            "an unknown field",
            "\"schema_version\"",
            "\"x\": 1, \"schema_version\"",
        ),
        ("another order", "report.md", "report.mx"),
    ] {
        refused(
            what,
            &edited("manifest.json", |text| text.replacen(from, to, 1)),
        );
    }
    let mut without = files(&good());
    without.remove(0);
    refused("no manifest", &pack(&without));
    let mut fewer = files(&good());
    fewer.pop();
    refused("a file missing", &pack(&fewer));
    let mut order = files(&good());
    order.swap(0, 1);
    refused("the manifest second", &pack(&order));
    for (what, from, to) in [
        ("a gap", "{\"seq\":3,", "{\"seq\":4,"),
        (
            "an unknown field",
            "{\"schema_version\"",
            "{\"x\":1,\"schema_version\"",
        ),
        ("no JSON", "\"events\":[", "\"events\":{"),
    ] {
        let bytes = edited_with_manifest("run.json", |text| text.replacen(from, to, 1));
        assert!(
            matches!(refused(what, &bytes), Refused::Content(_)),
            "{what}"
        );
    }
    let deep = format!("{{\"schema_version\":1,\"run\":{}", "[".repeat(100_000));
    let deep = edited_with_manifest("run.json", |_| deep.clone());
    assert!(matches!(refused("deep", &deep), Refused::Content(_)));
}

#[test]
fn one_changed_byte_anywhere_is_noticed_or_says_nothing_new() {
    let good = good();
    let whole = open(Cursor::new(&good), &Limits::default()).expect("taken");
    for at in (0..good.len()).step_by(7) {
        let mut changed = good.clone();
        changed[at] ^= 0x20;
        if let Ok(read) = open(Cursor::new(&changed), &Limits::default()) {
            assert_eq!(read, whole, "byte {at}");
        }
    }
}

/// Writes into the directory's entry of one file.
fn patch_central(zip: &mut [u8], name: &[u8], offset: usize, value: &[u8]) {
    let at = (0..zip.len() - 46)
        .find(|at| zip[*at..].starts_with(b"PK\x01\x02") && zip[at + 46..].starts_with(name))
        .expect("its entry");
    zip[at + offset..at + offset + value.len()].copy_from_slice(value);
}

fn patch_mode(zip: &mut [u8], name: &[u8], mode: u32) {
    patch_central(zip, name, 5, &[3]);
    patch_central(zip, name, 38, &(mode << 16).to_le_bytes());
}
