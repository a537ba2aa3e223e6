//! The options of a run as a person sets them: seconds where the plan has milliseconds, and in a line what
//! differs from the usual. What lasts is apart ([`super::lasts`]).

use model::lasting::Lasting;
use model::{DriverSettings, Encryption, Options};
use target::{Dialect, Pasted, TlsChoice};

/// Differences that are named; the rest is counted.
const NAMED: usize = 4;

/// One limit: what it is called, what it means, and where it stands in the plan.
pub(crate) struct Limit {
    pub(crate) key: &'static str,
    pub(crate) label: &'static str,
    /// Seconds in the form, milliseconds in the plan.
    pub(crate) seconds: bool,
    least: u64,
    most: u64,
    get: fn(&Options) -> u64,
    set: fn(&mut Options, u64),
}

macro_rules! limit {
    ($key:ident, $label:literal, $seconds:literal, $least:literal, $most:literal) => {
        Limit {
            key: stringify!($key),
            label: $label,
            seconds: $seconds,
            least: $least,
            most: $most,
            get: |options| u64::from(options.$key),
            set: |options, value| options.$key = value.try_into().unwrap_or_default(),
        }
    };
}

/// Every limit, in the order of the form.
pub(crate) const LIMITS: [Limit; 13] = [
    limit!(connection_attempts, "Logins in all", false, 1, 100),
    limit!(attempt_delay_ms, "Between logins", true, 0, 600_000),
    limit!(tcp_attempts, "Connects to each address", false, 1, 100),
    limit!(tcp_spacing_ms, "Between their starts", true, 0, 60_000),
    limit!(tcp_timeout_ms, "Longest connect", true, 1, 120_000),
    limit!(dns_timeout_ms, "Longest name look-up", true, 1, 60_000),
    limit!(prelogin_timeout_ms, "Longest PRELOGIN", true, 1, 120_000),
    limit!(tls_timeout_ms, "Longest TLS handshake", true, 1, 120_000),
    limit!(login_timeout_ms, "Longest login", true, 1, 120_000),
    limit!(query_timeout_ms, "Longest query", true, 1, 120_000),
    limit!(max_redirects, "Redirects followed", false, 0, 10),
    limit!(slow_phase_ms, "A phase is slow after", true, 1, 120_000),
    limit!(deadline_ms, "Whole run", true, 1_000, 3_600_000),
];

/// How many of [`LIMITS`] stand beside the choice of encryption.
pub(crate) const OF_LOGINS: usize = 2;

/// A choice between two.
pub(crate) struct Tick {
    pub(crate) key: &'static str,
    pub(crate) label: &'static str,
    /// What it means.
    pub(crate) what: &'static str,
    /// Said where it is not as usual.
    differs: &'static str,
    pub(crate) get: fn(&Options) -> bool,
    pub(crate) set: fn(&mut Options, bool),
}

macro_rules! tick {
    ($key:ident, $label:literal, $what:literal, $differs:literal) => {
        Tick {
            key: stringify!($key),
            label: $label,
            what: $what,
            differs: $differs,
            get: |options| options.$key,
            set: |options, on| options.$key = on,
        }
    };
}

/// What is looked at beside the path of the login.
pub(crate) const FURTHER: [Tick; 8] = [
    tick!(
        gateways,
        "Gateways",
        "five connects to every gateway of the region",
        "no gateways"
    ),
    tick!(
        external_resolver,
        "External resolver",
        "asked for names of the public clouds only",
        "no external resolver"
    ),
    tick!(
        tls_versions,
        "TLS versions",
        "which of 1.0 to 1.3 and strict the server accepts",
        "no TLS versions"
    ),
    tick!(
        route_trace,
        "Route trace",
        "up to 10 hops towards an address that fails",
        "no route trace"
    ),
    tick!(
        sign_in_hosts,
        "Sign-in hosts",
        "of Microsoft Entra, also when the run signs in otherwise",
        "sign-in hosts"
    ),
    tick!(
        revocation,
        "Revocation",
        "asks the addresses in the certificates, public ones only",
        "revocation"
    ),
    tick!(
        redirect_sample,
        "Redirect sample",
        "some ports of 11000 to 11999, though nothing redirects there",
        "redirect sample"
    ),
    tick!(
        network_trace,
        "Network trace",
        "the run's own packets as a file; the agent needs the right to record",
        "network trace"
    ),
];

/// The other choices.
pub(crate) const TICKS: [Tick; 5] = [
    tick!(
        query,
        "Send a query after a login that worked",
        "SELECT @@VERSION and two more, on a connection of its own",
        "no query"
    ),
    Tick {
        key: "retry",
        label: "Try a login again when the server says it is busy or moving",
        what: "after 1, 2 and 4 s",
        differs: "no retries",
        get: |options| !options.retry_delays_ms.is_empty(),
        set: |options, on| {
            options.retry_delays_ms = if on {
                Options::default().retry_delays_ms
            } else {
                Vec::new()
            };
        },
    },
    tick!(
        trust_server_certificate,
        "Trust any server certificate",
        "the password goes even to a server that cannot prove who it is",
        "any certificate trusted"
    ),
    tick!(
        allow_clear_text,
        "Allow clear text",
        "the password crosses the network readable when the server offers no encryption",
        "clear text allowed"
    ),
    tick!(
        usage_data,
        "Count this run's findings in Patterns",
        "counts only, on this portal; nothing leaves it",
        "not counted in Patterns"
    ),
];

/// The versions of TLS to log in with: the API's word, and the label.
pub(crate) const ENCRYPTIONS: [(Encryption, &str, &str); 6] = [
    (Encryption::Auto, "auto", "Newest that both speak"),
    (Encryption::Tls10, "tls1.0", "TLS 1.0"),
    (Encryption::Tls11, "tls1.1", "TLS 1.1"),
    (Encryption::Tls12, "tls1.2", "TLS 1.2"),
    (Encryption::Tls13, "tls1.3", "TLS 1.3"),
    (Encryption::Strict, "strict", "Strict (TDS 8)"),
];

/// What stands in the fields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Limits {
    /// One text for each of [`LIMITS`].
    pub(crate) texts: Vec<String>,
    /// Everything else, but what lasts.
    pub(crate) choices: Options,
}

impl Default for Limits {
    fn default() -> Self {
        Self::from_options(&Options::default())
    }
}

impl Limit {
    fn show(&self, options: &Options) -> String {
        self.text((self.get)(options))
    }

    fn text(&self, value: u64) -> String {
        if self.seconds {
            // Shortest form: 5, 0.1
            format!("{}", value as f64 / 1_000.0)
        } else {
            value.to_string()
        }
    }

    /// The plan's value of what was typed; a comma is a decimal point too.
    fn read(&self, text: &str) -> Result<u64, String> {
        let unit = if self.seconds { " seconds" } else { "" };
        let refused = || {
            format!(
                "{}: give a number from {} to {}{unit}.",
                self.label,
                self.text(self.least),
                self.text(self.most)
            )
        };
        let typed: f64 = text
            .trim()
            .replace(',', ".")
            .parse()
            .map_err(|_| refused())?;
        let value = if self.seconds { typed * 1_000.0 } else { typed };
        if value.is_finite() && value >= self.least as f64 && value <= self.most as f64 {
            Ok(value.round() as u64)
        } else {
            Err(refused())
        }
    }
}

impl Limits {
    /// The plan's options, or a sentence about the first field that cannot be read.
    pub(crate) fn options(&self) -> Result<Options, String> {
        let mut options = self.choices.clone();
        for (limit, text) in LIMITS.iter().zip(&self.texts) {
            (limit.set)(&mut options, limit.read(text)?);
        }
        match options.reason_refused() {
            Some(reason) => Err(reason),
            None => Ok(options),
        }
    }

    /// What is not as usual, each in a few words.
    pub(crate) fn differences(&self) -> Vec<String> {
        let usual = Self::default();
        let mut told = Vec::new();
        if self.choices.encryption != usual.choices.encryption {
            let mut all = ENCRYPTIONS.iter();
            let chosen = all.find(|(one, ..)| *one == self.choices.encryption);
            told.extend(chosen.map(|(_, _, label)| (*label).to_owned()));
        }
        let ticks = FURTHER.iter().chain(&TICKS);
        told.extend(
            ticks
                .filter(|tick| (tick.get)(&self.choices) != (tick.get)(&usual.choices))
                .map(|tick| tick.differs.to_owned()),
        );
        let texts = LIMITS.iter().zip(&self.texts).zip(&usual.texts);
        told.extend(
            texts
                .filter(|((_, now), usual)| now.trim() != usual.as_str())
                .map(|((limit, now), _)| {
                    let unit = if limit.seconds { " s" } else { "" };
                    format!("{} {}{unit}", limit.label.to_lowercase(), now.trim())
                }),
        );
        told
    }

    /// The same in a line.
    pub(crate) fn in_a_line(&self) -> String {
        let told = self.differences();
        let more = told.len().saturating_sub(NAMED);
        let named = told.iter().take(NAMED).cloned().collect::<Vec<_>>();
        match (named.is_empty(), more) {
            (true, _) => "as usual".to_owned(),
            (false, 0) => named.join(" · "),
            (false, more) => format!("{} · and {more} more", named.join(" · ")),
        }
    }

    /// Sets what a pasted block of the script's parameters says; answers whether it says anything.
    pub(crate) fn take_script(&mut self, pasted: &Pasted) -> bool {
        let before = self.clone();
        let script = &pasted.script;
        if let Some(advanced) = script.advanced {
            let trace = self.choices.network_trace;
            let usual = Options::default();
            for tick in &FURTHER {
                (tick.set)(&mut self.choices, advanced && (tick.get)(&usual));
            }
            self.choices.network_trace = trace;
        }
        if let Some(encryption) = script.encryption {
            self.choices.encryption = match encryption {
                TlsChoice::Auto => Encryption::Auto,
                TlsChoice::Tls10 => Encryption::Tls10,
                TlsChoice::Tls11 => Encryption::Tls11,
                TlsChoice::Tls12 => Encryption::Tls12,
                TlsChoice::Tls13 => Encryption::Tls13,
                TlsChoice::Strict => Encryption::Strict,
            };
        }
        let numbers = [script.attempts, script.delay_s];
        for (text, number) in self.texts.iter_mut().zip(numbers) {
            if let Some(number) = number {
                *text = number.to_string();
            }
        }
        if let Some(on) = script.network_trace {
            self.choices.network_trace = on;
        }
        if let Some(on) = script.usage_data {
            self.choices.usage_data = on;
        }
        // There it is a parameter of the check itself, and no setting of a driver alone.
        if pasted.dialect == Dialect::PowerShell
            && let Some(on) = pasted.driver.trust_server_certificate
        {
            self.choices.trust_server_certificate = on;
        }
        *self != before
    }

    /// Sets every further check on or off.
    pub(crate) fn set_further(&mut self, on: bool) {
        for tick in &FURTHER {
            (tick.set)(&mut self.choices, on);
        }
    }

    /// The fields of a plan that is to be made again.
    pub(crate) fn from_options(options: &Options) -> Self {
        Self {
            texts: LIMITS.iter().map(|limit| limit.show(options)).collect(),
            choices: Options {
                driver: DriverSettings::default(),
                lasting: Lasting::default(),
                ..options.clone()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untouched_fields_are_the_plan_s_defaults() {
        let limits = Limits::default();
        assert_eq!(limits.options(), Ok(Options::default()));
        assert_eq!(limits.in_a_line(), "as usual");
        assert_eq!(Limits::from_options(&Options::default()), limits);
    }

    #[test]
    fn the_bounds_are_those_of_the_plan() {
        for (index, limit) in LIMITS.iter().enumerate() {
            for (value, fine) in [
                (limit.least, true),
                (limit.most, true),
                (limit.most + 1_000, false),
            ] {
                let mut limits = Limits::default();
                limits.texts[index] = limit.text(value);
                assert_eq!(limits.options().is_ok(), fine, "{} = {value}", limit.key);
                let mut options = Options::default();
                (limit.set)(&mut options, value);
                assert_eq!(options.reason_refused().is_none(), fine, "{}", limit.key);
            }
        }
    }

    #[test]
    fn a_sentence_names_the_field_and_its_unit() {
        let mut limits = Limits::default();
        limits.texts[4] = "soon".into();
        assert_eq!(
            limits.options().expect_err("not a number"),
            "Longest connect: give a number from 0.001 to 120 seconds."
        );
        limits.texts[4] = "0,5".into();
        assert_eq!(limits.options().expect("half a second").tcp_timeout_ms, 500);
    }

    #[test]
    fn what_differs_is_said_in_a_line() {
        let mut limits = Limits::default();
        limits.choices.encryption = Encryption::Tls12;
        limits.choices.usage_data = false;
        limits.texts[0] = "10".into();
        assert_eq!(
            limits.in_a_line(),
            "TLS 1.2 · not counted in Patterns · logins in all 10"
        );
        limits.set_further(false);
        assert_eq!(
            limits.in_a_line(),
            "TLS 1.2 · no gateways · no external resolver · no TLS versions · and 3 more"
        );
        assert!(!limits.options().expect("a plan").route_trace);
    }

    #[test]
    fn every_option_can_be_set_by_its_word() {
        let written = serde_json::to_value(Options::default()).expect("writes");
        let named = |key: &str| {
            let ticks = FURTHER.iter().chain(&TICKS).map(|tick| tick.key);
            let limits = LIMITS.iter().map(|limit| limit.key);
            ticks.chain(limits).any(|known| known == key)
        };
        let apart = ["encryption", "retry_delays_ms", "driver"];
        for key in written.as_object().expect("an object").keys() {
            assert!(named(key) || apart.contains(&key.as_str()), "{key}");
        }
    }
}
