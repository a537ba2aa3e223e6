//! Archives that nobody should send: one row each, with the code that refuses it; and one changed byte anywhere.

use crate::log::{archive, events};
use crate::zip_maker::{End, Part, make};
use bundle::{Limits, Why, open};
use sha2::Digest as _;
use std::collections::BTreeSet;

const MIB: usize = 1024 * 1024;

fn good() -> Vec<u8> {
    archive(&events("db.example.net"))
}

/// The good archive's files, in its order.
fn parts() -> Vec<Part> {
    let read = open(&good(), &Limits::default()).expect("taken");
    let manifest = serde_json::to_vec(&read.manifest).expect("JSON");
    let mut parts = vec![Part::new("manifest.json", &manifest)];
    parts.extend(
        read.manifest
            .files
            .iter()
            .map(|file| Part::new(&file.name, &read.files[&file.name])),
    );
    parts
}

/// `report.md`, in the middle.
const REPORT: usize = 2;

/// With the report changed.
fn with(change: impl FnOnce(&mut Part)) -> Vec<u8> {
    let mut parts = parts();
    change(&mut parts[REPORT]);
    make(&parts, &End::default())
}

/// With one file more.
fn and(part: Part) -> Vec<u8> {
    let mut parts = parts();
    parts.push(part);
    make(&parts, &End::default())
}

/// With a file of that name more.
fn named(name: &[u8]) -> Vec<u8> {
    and(Part::new("x", b"x").called(name))
}

/// With another end.
fn ended(end: End) -> Vec<u8> {
    make(&parts(), &end)
}

/// With one file's text changed, and with a manifest that agrees if `agree`.
fn edited(name: &str, agree: bool, edit: impl Fn(String) -> String) -> Vec<u8> {
    let read = open(&good(), &Limits::default()).expect("taken");
    let mut manifest = read.manifest.clone();
    let mut parts = Vec::new();
    for (listed, old) in manifest.files.iter_mut().zip(&read.manifest.files) {
        let mut bytes = read.files[&old.name].clone();
        if old.name == name {
            bytes = edit(String::from_utf8(bytes).expect("UTF-8")).into_bytes();
        }
        if agree {
            listed.bytes = bytes.len() as u64;
            listed.sha256 = sha2::Sha256::digest(&bytes)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
        }
        parts.push(Part::new(&old.name, &bytes));
    }
    let mut text = serde_json::to_string_pretty(&manifest).expect("JSON");
    if name == "manifest.json" {
        text = edit(text);
    }
    parts.insert(0, Part::new("manifest.json", text.as_bytes()));
    make(&parts, &End::default())
}

fn replaced(name: &str, agree: bool, from: &str, to: &str) -> Vec<u8> {
    edited(name, agree, |text| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

fn extra(id: u16, data: &[u8]) -> Vec<u8> {
    let mut out = id.to_le_bytes().to_vec();
    out.extend(u16::try_from(data.len()).expect("short").to_le_bytes());
    out.extend(data);
    out
}

fn cut(bytes: &[u8], end: usize) -> Vec<u8> {
    bytes[..end].to_vec()
}

type Row = (&'static str, Vec<u8>, Why);

fn ends() -> Vec<Row> {
    let good = good();
    let mut before = b"#!/bin/sh\n".to_vec();
    before.extend(&good);
    let mut after = good.clone();
    after.extend(b"tail");
    vec![
        ("nothing", Vec::new(), Why::NotAZip),
        (
            "a text",
            b"hello, this is not a zip file at all".to_vec(),
            Why::NotAZip,
        ),
        (
            "cut in the end record",
            cut(&good, good.len() - 1),
            Why::NotAZip,
        ),
        (
            "cut in the directory",
            cut(&good, good.len() - 100),
            Why::NotAZip,
        ),
        ("cut in the first file", cut(&good, 100), Why::NotAZip),
        ("without its start", good[1..].to_vec(), Why::Directory),
        ("a script before it", before, Why::Gap),
        ("something behind it", after, Why::NotAZip),
        (
            "a comment",
            ended(End {
                comment: b"hi".to_vec(),
                ..End::default()
            }),
            Why::Comment,
        ),
        (
            "another disk",
            ended(End {
                disk: 1,
                ..End::default()
            }),
            Why::Disks,
        ),
        (
            "a directory on another disk",
            ended(End {
                directory_disk: 1,
                ..End::default()
            }),
            Why::Disks,
        ),
        (
            "fewer files on this disk",
            ended(End {
                here: Some(1),
                ..End::default()
            }),
            Why::Disks,
        ),
        (
            "the mark of zip64",
            ended(End {
                here: Some(u16::MAX),
                all: Some(u16::MAX),
                ..End::default()
            }),
            Why::Zip64,
        ),
        (
            "a directory of 4 GiB",
            ended(End {
                size: Some(u32::MAX),
                ..End::default()
            }),
            Why::Zip64,
        ),
        (
            "the locator of zip64",
            ended(End {
                before: [b"PK\x06\x07".as_slice(), &[0; 16]].concat(),
                ..End::default()
            }),
            Why::Zip64,
        ),
        (
            "60,000 files",
            ended(End {
                here: Some(60_000),
                all: Some(60_000),
                ..End::default()
            }),
            Why::TooManyFiles,
        ),
        (
            "fewer files than there are",
            ended(End {
                here: Some(3),
                all: Some(3),
                ..End::default()
            }),
            Why::Directory,
        ),
        (
            "more files than there are",
            ended(End {
                here: Some(30),
                all: Some(30),
                ..End::default()
            }),
            Why::Directory,
        ),
        (
            "a directory somewhere else",
            ended(End {
                place: Some(1 << 30),
                ..End::default()
            }),
            Why::Directory,
        ),
        (
            "bytes before the end record",
            ended(End {
                before: vec![7; 9],
                ..End::default()
            }),
            Why::Gap,
        ),
        (
            "bytes before the directory",
            ended(End {
                gap: vec![7; 9],
                ..End::default()
            }),
            Why::Gap,
        ),
        (
            "no file at all",
            make(&[], &End::default()),
            Why::NoManifest,
        ),
        (
            "one more than is read",
            make(&vec![Part::stored("x", b""); 201], &End::default()),
            Why::TooManyFiles,
        ),
    ]
}

fn names() -> Vec<Row> {
    let mut rows: Vec<Row> = [
        ("up and out", b"../evil.txt".as_slice()),
        ("up and out, later", b"Log_a/../../evil.txt"),
        ("up and out, Windows", b"..\\evil.txt"),
        ("absolute", b"/etc/passwd"),
        ("a drive", b"C:evil.txt"),
        ("a stream of a file", b"run.json:hidden"),
        ("a line break", b"Log_a\nb.txt"),
        ("a zero byte", b"Log_a\0.txt"),
        ("turned around", "Log_a\u{202e}txt.exe".as_bytes()),
        ("no width", "report\u{200b}.md".as_bytes()),
        ("a dot behind it", b"run.json."),
        ("a space behind it", b"run.json "),
        ("a folder", b"report.md/"),
        ("a device", b"NUL"),
        ("a device with an ending", b"com1.txt"),
        ("no name", b""),
    ]
    .into_iter()
    .map(|(what, name)| (what, named(name), Why::NameUnsafe))
    .collect();
    let no_flag = and(Part {
        flags: 0,
        local_flags: 0,
        ..Part::new("Log_\u{e9}.txt", b"x")
    });
    let long = format!("Log_{}.txt", "x".repeat(300));
    rows.extend([
        ("no UTF-8", named(b"report.\xff\xfe"), Why::NameNotText),
        ("another code page", no_flag, Why::NameNotText),
        ("twice", named(b"report.md"), Why::NameTwice),
        ("a name nobody writes", named(b"evil.txt"), Why::NameUnknown),
        ("capitals", named(b"RUN.JSON"), Why::NameUnknown),
        ("a zip in the zip", named(b"nested.zip"), Why::NameUnknown),
        ("a program", named(b"Log_.txt.exe"), Why::NameUnknown),
        ("a folder below", named(b"sub/report.md"), Why::NameUnknown),
        (
            "letters that look alike",
            named("rep\u{43e}rt.md".as_bytes()),
            Why::NameUnknown,
        ),
        (
            "composed otherwise",
            named("Log_e\u{301}.txt".as_bytes()),
            Why::NameUnknown,
        ),
        ("too long", named(long.as_bytes()), Why::NameUnknown),
        (
            "a trace with a path",
            named(b"NetworkTrace_a/b.pcapng"),
            Why::NameUnknown,
        ),
    ]);
    rows
}

fn headers() -> Vec<Row> {
    let other_name = extra(0x7075, b"\x01\0\0\0\0evil.txt");
    vec![
        (
            "a link",
            with(|part| part.attributes = 0o120_777 << 16),
            Why::NotPlain,
        ),
        (
            "a device file",
            with(|part| part.attributes = 0o020_644 << 16),
            Why::NotPlain,
        ),
        (
            "a folder of DOS",
            with(|part| part.attributes = 0x10),
            Why::NotPlain,
        ),
        (
            "encrypted",
            with(|part| (part.flags, part.local_flags) = (1, 1)),
            Why::Encrypted,
        ),
        (
            "encrypted, by the header alone",
            with(|part| part.local_flags |= 1),
            Why::HeaderDiffers,
        ),
        (
            "encrypted by AES",
            with(|part| part.extra = extra(0x9901, &[0; 7])),
            Why::Encrypted,
        ),
        (
            "a method that nobody knows",
            with(|part| (part.method, part.local_method) = (77, 77)),
            Why::Method,
        ),
        (
            "LZMA",
            with(|part| (part.method, part.local_method) = (14, 14)),
            Why::Method,
        ),
        (
            "another method in the header",
            with(|part| part.local_method = 0),
            Why::HeaderDiffers,
        ),
        (
            "a reader of the future",
            with(|part| part.needs = 63),
            Why::Method,
        ),
        (
            "flags of the future",
            with(|part| part.flags |= 0x8000),
            Why::Method,
        ),
        ("on another disk", with(|part| part.disk = 1), Why::Disks),
        (
            "a file's comment",
            with(|part| part.comment = b"hi".to_vec()),
            Why::Comment,
        ),
        (
            "another name in the header",
            with(|part| part.local_name = b"report.mx".to_vec()),
            Why::HeaderDiffers,
        ),
        (
            "another name in an addition",
            with(|part| part.extra = other_name.clone()),
            Why::HeaderDiffers,
        ),
        (
            "another name in the header's addition",
            with(|part| part.local_extra = other_name.clone()),
            Why::HeaderDiffers,
        ),
        (
            "sizes of zip64",
            with(|part| part.extra = extra(1, &[0; 16])),
            Why::Zip64,
        ),
        (
            "a size of 4 GiB",
            with(|part| part.size = u32::MAX),
            Why::Zip64,
        ),
        (
            "an addition cut off",
            with(|part| part.extra = vec![1, 2, 9, 0]),
            Why::Directory,
        ),
        (
            "another size in the header",
            with(|part| part.local = Some([part.crc, 1, 1])),
            Why::HeaderDiffers,
        ),
        (
            "another size behind the file",
            with(|part| {
                (part.flags, part.local_flags) = (0x808, 0x808);
                part.descriptor = Some([part.crc, part.packed_size, 1]);
            }),
            Why::HeaderDiffers,
        ),
        (
            "bytes between files",
            with(|part| part.gap = vec![0; 3]),
            Why::Gap,
        ),
        (
            "two names for one file",
            with(|part| part.place = Some(0)),
            Why::Overlap,
        ),
        (
            "a file that is nowhere",
            with(|part| part.place = Some(1 << 30)),
            Why::Gap,
        ),
        (
            "a file that swallows the next",
            with(|part| part.packed_size += 40),
            Why::Overlap,
        ),
        (
            "a file that swallows all",
            with(|part| {
                part.local = Some([part.crc, 1 << 30, part.size]);
                part.packed_size = 1 << 30;
            }),
            Why::Overlap,
        ),
    ]
}

fn contents() -> Vec<Row> {
    let bomb = vec![b'0'; 8 * MIB];
    let large = vec![b'0'; 33 * MIB];
    let mut rows: Vec<Row> = vec![
        ("a bomb", and(Part::new("Log_bomb.txt", &bomb)), Why::Ratio),
        (
            "a bomb that says it is small",
            and(Part {
                size: 1000,
                ..Part::new("Log_bomb.txt", &bomb)
            }),
            Why::Broken,
        ),
        (
            "33 MiB",
            and(Part::stored("Log_large.txt", &large)),
            Why::FileTooLarge,
        ),
        (
            "says 3 GiB",
            and(Part {
                size: 3 << 30,
                ..Part::new("Log_large.txt", b"x")
            }),
            Why::FileTooLarge,
        ),
        (
            "says more than there is",
            with(|part| part.size += 1),
            Why::Broken,
        ),
        (
            "says less than there is",
            with(|part| part.size -= 1),
            Why::Broken,
        ),
        (
            "bytes behind its end",
            with(|part| {
                part.packed.push(0);
                part.packed_size += 1;
            }),
            Why::Broken,
        ),
        (
            "no deflate at all",
            with(|part| part.packed.fill(0xff)),
            Why::Broken,
        ),
        (
            "another checksum",
            with(|part| part.crc ^= 1),
            Why::Checksum,
        ),
        (
            "a changed report",
            replaced("report.md", false, "##", "#!"),
            Why::Changed,
        ),
        (
            "a script in its place",
            edited("report.html", false, |_| "<script>".to_owned()),
            Why::Changed,
        ),
    ];
    let mut without = parts();
    without.remove(0);
    let mut fewer = parts();
    fewer.pop();
    let mut second = parts();
    second.swap(0, 1);
    rows.extend([
        (
            "no manifest",
            make(&without, &End::default()),
            Why::NoManifest,
        ),
        (
            "the manifest second",
            make(&second, &End::default()),
            Why::NoManifest,
        ),
        (
            "a file missing",
            make(&fewer, &End::default()),
            Why::ManifestDiffers,
        ),
        ("a file more", named(b"Log_more.txt"), Why::ManifestDiffers),
        (
            "a manifest that names another",
            replaced("manifest.json", false, "report.md", "report.mx"),
            Why::ManifestDiffers,
        ),
        (
            "another version",
            replaced(
                "manifest.json",
                false,
                "\"schema_version\": 1",
                "\"schema_version\": 2",
            ),
            Why::ManifestVersion,
        ),
        (
            "a field that nobody knows",
            replaced(
                "manifest.json",
                false,
                "\"schema_version\"",
                "\"x\": 1, \"schema_version\"",
            ),
            Why::ManifestUnreadable,
        ),
        (
            "a manifest of nothing",
            edited("manifest.json", false, |_| "{}".to_owned()),
            Why::ManifestUnreadable,
        ),
        (
            "another run",
            replaced(
                "manifest.json",
                false,
                "0000-000000000007",
                "0000-000000000008",
            ),
            Why::RunDiffers,
        ),
    ]);
    rows
}

fn documents() -> Vec<Row> {
    let run = |from: &str, to: &str| replaced("run.json", true, from, to);
    let deep = format!("{{\"schema_version\":1,\"run\":{}", "[".repeat(100_000));
    let depth = format!(
        "{{\"schema_version\":1,\"run\":{}{}}}",
        "[".repeat(64),
        "]".repeat(64)
    );
    let long = format!("{{\"schema_version\":1,\"x\":\"{}\"}}", "x".repeat(MIB + 1));
    let long = |_| long.clone();
    let many = format!("[{}0]", "0,".repeat(4_000_001));
    vec![
        ("a gap", run("{\"seq\":3,", "{\"seq\":4,"), Why::RunDiffers),
        (
            "no events",
            edited("run.json", true, |text| {
                let at = text.find(",\n\"events\":[").expect("events");
                format!("{},\"events\":[]}}", &text[..at])
            }),
            Why::RunDiffers,
        ),
        (
            "a run of another version",
            run("{\"schema_version\":1", "{\"schema_version\":9"),
            Why::ManifestVersion,
        ),
        (
            "a field more",
            run("{\"schema_version\"", "{\"x\":1,\"schema_version\""),
            Why::RunUnreadable,
        ),
        (
            "no JSON",
            run("\"events\":[", "\"events\":{"),
            Why::RunUnreadable,
        ),
        (
            "a number beyond all",
            run("{\"seq\":3,", "{\"seq\":1e400,"),
            Why::RunUnreadable,
        ),
        (
            "deep",
            edited("run.json", true, |_| deep.clone()),
            Why::JsonTooDeep,
        ),
        (
            "one too deep",
            edited("run.json", true, |_| depth.clone()),
            Why::JsonTooDeep,
        ),
        (
            "a text without end",
            edited("run.json", true, long),
            Why::Ratio,
        ),
        (
            "values without end",
            edited("run.json", true, |_| many.clone()),
            Why::Ratio,
        ),
    ]
}

fn rows() -> Vec<Row> {
    [ends(), names(), headers(), contents(), documents()].concat()
}

#[test]
fn every_bad_zip_is_refused_for_its_own_reason() {
    let rows = rows();
    assert!(rows.len() >= 40, "{}", rows.len());
    let mut wrong = Vec::new();
    for (what, bytes, why) in &rows {
        match open(bytes, &Limits::default()) {
            Err(refused) if refused.why == *why => {}
            Err(refused) => wrong.push(format!(
                "{what}: {} in place of {}",
                refused.why.code(),
                why.code()
            )),
            Ok(_) => wrong.push(format!("{what}: taken")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_limits_hold_for_what_is_honest_too() {
    let all = Limits::default();
    let long = format!("{{\"schema_version\":1,\"x\":\"{}\"}}", "x".repeat(MIB + 1));
    let long = edited("run.json", true, |_| long.clone());
    for (what, bytes, limits, why) in [
        (
            "the archive",
            good(),
            Limits {
                archive_bytes: 1_000,
                ..all
            },
            Why::ArchiveTooLarge,
        ),
        (
            "a file",
            good(),
            Limits {
                file_bytes: 100,
                ..all
            },
            Why::FileTooLarge,
        ),
        (
            "the log",
            good(),
            Limits {
                log_bytes: 100,
                ..all
            },
            Why::FileTooLarge,
        ),
        (
            "all files",
            good(),
            Limits {
                all_bytes: 4_000,
                ..all
            },
            Why::AllTooLarge,
        ),
        (
            "files",
            good(),
            Limits { files: 3, ..all },
            Why::TooManyFiles,
        ),
        (
            "depth",
            good(),
            Limits {
                json_depth: 2,
                ..all
            },
            Why::JsonTooDeep,
        ),
        (
            "values",
            good(),
            Limits {
                json_values: 100,
                ..all
            },
            Why::JsonTooLarge,
        ),
        (
            "a text",
            long,
            Limits {
                ratio: u64::MAX,
                ..all
            },
            Why::JsonTooLarge,
        ),
    ] {
        let refused = open(&bytes, &limits).expect_err(what);
        assert_eq!(refused.why, why, "{what}");
    }
}

#[test]
fn every_code_has_its_row_and_is_one_of_a_kind() {
    let mut seen: BTreeSet<&str> = rows().iter().map(|(_, _, why)| why.code()).collect();
    // Shown by the limits above.
    seen.extend([Why::ArchiveTooLarge, Why::AllTooLarge, Why::JsonTooLarge].map(Why::code));
    let known: BTreeSet<&str> = Why::ALL.iter().map(|why| why.code()).collect();
    assert_eq!(known.len(), Why::ALL.len());
    assert_eq!(seen, known);
}

#[test]
fn a_packed_again_archive_is_taken_so_the_rest_is_refused_for_its_own_fault() {
    let whole = open(&good(), &Limits::default()).expect("taken");
    let again = open(&make(&parts(), &End::default()), &Limits::default()).expect("taken");
    assert_eq!(again, whole);
    let plain: Vec<Part> = std::iter::once(Part::stored(
        "manifest.json",
        &serde_json::to_vec(&whole.manifest).expect("JSON"),
    ))
    .chain(
        whole
            .manifest
            .files
            .iter()
            .map(|file| Part::stored(&file.name, &whole.files[&file.name])),
    )
    .collect();
    let plain = open(&make(&plain, &End::default()), &Limits::default()).expect("taken");
    assert_eq!(plain, whole);
    let more = edited("report.md", true, |text| text + "more\n");
    open(&more, &Limits::default()).expect("taken");
    let streamed = with(|part| {
        (part.flags, part.local_flags) = (0x808, 0x808);
        part.local = Some([0; 3]);
        part.descriptor = Some([part.crc, part.packed_size, part.size]);
    });
    open(&streamed, &Limits::default()).expect("taken");
}

#[test]
fn one_changed_byte_anywhere_is_noticed_or_says_nothing_new() {
    let good = good();
    let whole = open(&good, &Limits::default()).expect("taken");
    for at in (0..good.len()).step_by(7) {
        let mut changed = good.clone();
        changed[at] ^= 0x20;
        if let Ok(read) = open(&changed, &Limits::default()) {
            assert_eq!(read, whole, "byte {at}");
        }
    }
    for end in (0..good.len()).step_by(101) {
        open(&good[..end], &Limits::default()).expect_err("cut off");
        open(&good[good.len() - end..], &Limits::default()).expect_err("without its start");
    }
}
