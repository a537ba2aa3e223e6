//! The limits of a run as a person types them: seconds where the plan has milliseconds.

use model::Options;

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
pub(crate) const LIMITS: [Limit; 11] = [
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

/// What stands in the fields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Limits {
    /// One text for each of [`LIMITS`].
    pub(crate) texts: Vec<String>,
    pub(crate) query: bool,
    pub(crate) retry: bool,
    pub(crate) trust_server_certificate: bool,
    pub(crate) allow_clear_text: bool,
}

impl Default for Limits {
    fn default() -> Self {
        let options = Options::default();
        Self {
            texts: LIMITS.iter().map(|limit| limit.show(&options)).collect(),
            query: options.query,
            retry: true,
            trust_server_certificate: options.trust_server_certificate,
            allow_clear_text: options.allow_clear_text,
        }
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
        let mut options = Options::default();
        for (limit, text) in LIMITS.iter().zip(&self.texts) {
            (limit.set)(&mut options, limit.read(text)?);
        }
        options.query = self.query;
        options.trust_server_certificate = self.trust_server_certificate;
        options.allow_clear_text = self.allow_clear_text;
        if !self.retry {
            options.retry_delays_ms.clear();
        }
        match options.reason_refused() {
            Some(reason) => Err(reason),
            None => Ok(options),
        }
    }

    /// How many differ from their defaults.
    pub(crate) fn changed(&self) -> usize {
        let usual = Self::default();
        let texts = self
            .texts
            .iter()
            .zip(&usual.texts)
            .filter(|(a, b)| a.trim() != b.as_str())
            .count();
        let ticks = [
            self.query != usual.query,
            self.retry != usual.retry,
            self.trust_server_certificate,
            self.allow_clear_text,
        ];
        texts + ticks.into_iter().filter(|changed| *changed).count()
    }

    /// The fields of a plan that is to be made again.
    pub(crate) fn from_options(options: &Options) -> Self {
        Self {
            texts: LIMITS.iter().map(|limit| limit.show(options)).collect(),
            query: options.query,
            retry: !options.retry_delays_ms.is_empty(),
            trust_server_certificate: options.trust_server_certificate,
            allow_clear_text: options.allow_clear_text,
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
        assert_eq!(limits.changed(), 0);
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
        limits.texts[2] = "soon".into();
        assert_eq!(
            limits.options().expect_err("not a number"),
            "Longest connect: give a number from 0.001 to 120 seconds."
        );
        limits.texts[2] = "0,5".into();
        assert_eq!(limits.options().expect("half a second").tcp_timeout_ms, 500);
    }
}
