//! Every beat as a line of a file beside the log, where the log itself has a minute's sum.

use crate::files::{Files, Lines};
use crate::lasting::trouble::Trouble;
use crate::record::StepLog;
use chrono::{SecondsFormat, Utc};
use model::ArtifactKind;

const HEADING: &str = "at,at_us,what,came,elapsed_us,number";

/// What was done.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    /// A query over the held connection.
    Beat,
    /// A fresh login beside it.
    Login,
    /// A connection to hold, opened.
    Open,
}

impl What {
    fn name(self) -> &'static str {
        match self {
            Self::Beat => "beat",
            Self::Login => "login",
            Self::Open => "open",
        }
    }
}

pub(super) struct Beats<'a> {
    step: StepLog<'a>,
    lines: Lines,
}

impl<'a> Beats<'a> {
    pub(super) fn new(step: StepLog<'a>, files: &Files) -> Self {
        Self {
            step,
            lines: files.lines(ArtifactKind::Beats, HEADING),
        }
    }

    pub(super) fn worked(&self, what: What, elapsed_us: u64) {
        self.put(what, "ok", elapsed_us, None);
    }

    pub(super) fn failed(&self, what: What, elapsed_us: u64, why: &Trouble) {
        self.put(what, why.code.as_str(), elapsed_us, why.number());
    }

    /// By this host's clock, and by the run's, as the log has it.
    fn put(&self, what: What, came: &str, elapsed_us: u64, number: Option<i32>) {
        let at = Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true);
        let (at_us, what) = (self.step.now_us(), what.name());
        let number = number.map(|number| number.to_string()).unwrap_or_default();
        self.lines.put(format_args!(
            "{at},{at_us},{what},{came},{elapsed_us},{number}"
        ));
    }
}
