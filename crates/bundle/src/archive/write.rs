//! Writing the archive.

use crate::archive::manifest::{FileEntry, MANIFEST_VERSION, Manifest};
use crate::archive::names;
use crate::report;
use crate::{Error, Log};
use miniz_oxide::deflate::core::{CompressorOxide, TDEFLFlush, compress_to_output};
use model::{Artifact, RunView};
use sha2::{Digest, Sha256};
use std::fmt;
use std::io::{self, Read as _, Write};
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, DateTime};

/// Streams `AllFiles.zip` of `run` into `out`. `log` is visited several times; only events up to the run's
/// `last_seq` are written.
///
/// # Errors
/// When the log cannot be read or `out` cannot be written; what was written by then is not an archive.
pub fn write(out: impl Write, run: &RunView, log: &dyn Log) -> Result<(), Error> {
    let files = files(run);
    let mut manifest = Manifest {
        schema_version: MANIFEST_VERSION,
        made_by: concat!("linecheck ", env!("CARGO_PKG_VERSION")).to_owned(),
        run: run.id,
        rules_version: run.rules_version,
        events: 0,
        files: Vec::with_capacity(files.len()),
        left_out: Vec::new(),
    };
    report::each(run, log, &mut |_| {
        manifest.events += 1;
        Ok(())
    })?;
    let mut methods = Vec::with_capacity(files.len());
    for file in &files {
        let mut hash = Hashed::default();
        let mut size = Packed::default();
        file.render(&mut Both(&mut hash, &mut size), run, log)?;
        methods.push(size.method(hash.bytes));
        manifest.files.push(FileEntry {
            name: file.name.clone(),
            bytes: hash.bytes,
            sha256: hex::encode(hash.sha256.finalize()),
        });
    }

    let mut beside = Vec::new();
    for artifact in &run.artifacts {
        let entry = FileEntry {
            name: artifact.name.clone(),
            bytes: artifact.bytes,
            sha256: artifact.sha256.clone(),
        };
        // One that is lost does not take the others along.
        match log.artifact(artifact) {
            Ok(_) if !artifact.left_out => {
                manifest.files.push(entry);
                beside.push(artifact);
            }
            _ => manifest.left_out.push(entry),
        }
    }

    let mut zip = ZipWriter::new_stream(out);
    start(&mut zip, names::MANIFEST, CompressionMethod::Deflated)?;
    serde_json::to_writer_pretty(&mut zip, &manifest)?;
    zip.write_all(b"\n")?;
    for (file, method) in files.iter().zip(methods) {
        start(&mut zip, &file.name, method)?;
        file.render(&mut zip, run, log)?;
    }
    for artifact in beside {
        // What was on the wire is mostly encrypted and does not shrink.
        start(&mut zip, &artifact.name, CompressionMethod::Stored)?;
        put(&mut zip, artifact, log)?;
    }
    zip.finish()
        .map_err(|error| Error::Output(Box::new(error)))?
        .into_inner()
        .flush()?;
    Ok(())
}

fn start<W: Write>(
    zip: &mut ZipWriter<zip::write::StreamWriter<W>>,
    name: &str,
    method: CompressionMethod,
) -> Result<(), Error> {
    // The first moment that the format knows: when it was made says nothing about the run.
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .compression_level((method == CompressionMethod::Deflated).then_some(6))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    zip.start_file(name, options)
        .map_err(|error| Error::Output(Box::new(error)))
}

/// A file and what writes it.
struct File {
    name: String,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Run,
    Markdown,
    Html,
    Transcript,
    FullLog,
    LastRun,
    Summary,
}

fn files(run: &RunView) -> Vec<File> {
    let file = |name: &str, kind| File {
        name: name.to_owned(),
        kind,
    };
    vec![
        file(names::RUN, Kind::Run),
        file(names::MARKDOWN, Kind::Markdown),
        file(names::HTML, Kind::Html),
        file(&names::log_file_name(run), Kind::Transcript),
        file(names::FULL_LOG, Kind::FullLog),
        file(names::LAST_RUN_LOG, Kind::LastRun),
        file(names::SUMMARY_LOG, Kind::Summary),
    ]
}

impl File {
    fn render(&self, out: &mut dyn Write, run: &RunView, log: &dyn Log) -> Result<(), Error> {
        // Reports write many short pieces.
        let mut out = io::BufWriter::with_capacity(32 * 1024, out);
        match self.kind {
            Kind::Run => run_json(&mut out, run, log)?,
            Kind::Markdown => report::write_markdown(&mut Text(&mut out), run, log)?,
            Kind::Html => report::write_html(&mut Text(&mut out), run, log)?,
            Kind::Transcript => report::write_transcript(&mut Text(&mut out), run, log)?,
            Kind::FullLog => report::logs::write_full(&mut Text(&mut out), run, log)?,
            Kind::LastRun => report::logs::write_last(&mut Text(&mut out), run, log)?,
            Kind::Summary => report::logs::write_summary(&mut Text(&mut out), run, log)?,
        }
        out.flush()?;
        Ok(())
    }
}

/// Copies a file beside the log; it must be what the manifest says.
fn put(zip: &mut impl Write, artifact: &Artifact, log: &dyn Log) -> Result<(), Error> {
    let mut hash = Hashed::default();
    let mut bytes = log.artifact(artifact)?.take(artifact.bytes + 1);
    io::copy(&mut bytes, &mut Both(zip, &mut hash))?;
    if hash.bytes == artifact.bytes && hex::encode(hash.sha256.finalize()) == artifact.sha256 {
        return Ok(());
    }
    let name = &artifact.name;
    Err(Error::Log(format!("{name} is not what it was").into()))
}

/// Writes to two.
struct Both<'a, A, B>(&'a mut A, &'a mut B);

impl<A: Write, B: Write> Write for Both<'_, A, B> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let count = self.0.write(piece)?;
        self.1.write_all(piece.get(..count).unwrap_or_default())?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// `{"schema_version":1,"run":{…},"events":[…]}`, one event a line.
fn run_json(out: &mut dyn Write, run: &RunView, log: &dyn Log) -> Result<(), Error> {
    write!(out, "{{\"schema_version\":{MANIFEST_VERSION},\n\"run\":")?;
    serde_json::to_writer(&mut *out, run)?;
    write!(out, ",\n\"events\":[")?;
    let mut first = true;
    report::each(run, log, &mut |event| {
        out.write_all(if first { b"\n" } else { b",\n" })?;
        first = false;
        serde_json::to_writer(&mut *out, event)?;
        Ok(())
    })?;
    out.write_all(b"\n]}\n")?;
    Ok(())
}

/// Counts and hashes what is written.
#[derive(Default)]
struct Hashed {
    sha256: Sha256,
    bytes: u64,
}

impl Write for Hashed {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.sha256.update(piece);
        self.bytes += piece.len() as u64;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Roughly how small a text becomes. A server that repeats itself could make a log that no reader takes for
/// anything but a trap; such a file is not packed.
#[derive(Default)]
struct Packed {
    compressor: Box<CompressorOxide>,
    bytes: u64,
}

impl Packed {
    /// Readers refuse what shrinks to a hundredth; this looks less closely than the packer does.
    const MOST: u64 = 40;

    fn method(mut self, bytes: u64) -> CompressionMethod {
        self.pack(&[], TDEFLFlush::Finish);
        if bytes / self.bytes.max(1) > Self::MOST {
            CompressionMethod::Stored
        } else {
            CompressionMethod::Deflated
        }
    }

    fn pack(&mut self, piece: &[u8], flush: TDEFLFlush) {
        let Self { compressor, bytes } = self;
        compress_to_output(compressor, piece, flush, |packed| {
            *bytes += packed.len() as u64;
            true
        });
    }
}

impl Write for Packed {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.pack(piece, TDEFLFlush::None);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Text into bytes.
struct Text<'a>(&'a mut dyn Write);

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write_all(text.as_bytes()).map_err(|_| fmt::Error)
    }
}
