//! What the sources say of the server's name, side by side.

use crate::escape::plain;
use crate::report::facts::{dns_source, list};
use model::{DnsSource, EventBody, Observation, RunEvent, RunView};
use rules::words::duration;
use std::collections::BTreeSet;
use std::fmt::{self, Write};

/// Answers that are kept; a run asks a handful of sources.
const MOST: usize = 100;

/// One source's answer about the name that the person gave.
struct Answer {
    source: String,
    /// A resolver's answer is compared; a pinned hosts file or a literal is another thing.
    compared: bool,
    addresses: Vec<String>,
    aliases: Vec<String>,
    failed: Option<String>,
    elapsed_us: u64,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Compared {
    answers: Vec<Answer>,
}

impl Compared {
    pub(crate) fn see(&mut self, run: &RunView, event: &RunEvent) {
        let EventBody::Observed {
            observation:
                Observation::DnsAnswer {
                    source,
                    name,
                    records,
                    addresses,
                    code,
                    elapsed_us,
                    ..
                },
            ..
        } = &event.body
        else {
            return;
        };
        let asked = name.trim_end_matches('.');
        if !asked.eq_ignore_ascii_case(&run.target.host) || self.answers.len() >= MOST {
            return;
        }
        let aliases = records.iter().filter(|record| record.kind == "CNAME");
        self.answers.push(Answer {
            source: dns_source(source),
            compared: !matches!(source, DnsSource::HostsFile | DnsSource::Literal),
            addresses: addresses.clone(),
            aliases: aliases.map(|record| record.data.clone()).collect(),
            failed: code.as_ref().map(|code| code.as_str().to_owned()),
            elapsed_us: *elapsed_us,
        });
    }

    /// One line a source, then whether they say the same.
    pub(crate) fn write(&self, out: &mut dyn Write) -> fmt::Result {
        // An address has nothing to be compared with.
        if !self.answers.iter().any(|one| one.compared) {
            return Ok(());
        }
        writeln!(out, "  Side by side:")?;
        for one in &self.answers {
            let said = match &one.failed {
                Some(code) => plain(code),
                None if one.addresses.is_empty() => "no address".to_owned(),
                None => list(&one.addresses),
            };
            writeln!(
                out,
                "    {}: {said} in {}",
                one.source,
                duration(one.elapsed_us)
            )?;
            if !one.aliases.is_empty() {
                writeln!(out, "      by way of {}", list(&one.aliases))?;
            }
        }
        writeln!(out, "  {}", self.agreement())
    }

    fn agreement(&self) -> String {
        let answered = |one: &&Answer| one.compared && !one.addresses.is_empty();
        let different: BTreeSet<BTreeSet<&str>> = self
            .answers
            .iter()
            .filter(answered)
            .map(|one| one.addresses.iter().map(String::as_str).collect())
            .collect();
        match different.len() {
            0 => "No resolver gave an address.".to_owned(),
            1 => "Resolvers that answered give the same addresses.".to_owned(),
            count => format!("Resolvers gave {count} different answers."),
        }
    }
}
