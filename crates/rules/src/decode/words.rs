//! Sentences about a decoded text, the same in a terminal and on the page. Names are the text's own: whoever shows
//! them makes them harmless.

use super::{Decoded, Number, NumberKind, Said, Suggestion, Trial};
use crate::words::duration;

impl Decoded {
    /// Who, where and for whom: label and value.
    #[must_use]
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let named = &self.named;
        let through = self.through.join(", ");
        let driver = match (self.driver, through.is_empty()) {
            (Some(driver), true) => Some(driver.name().to_owned()),
            (Some(driver), false) => Some(format!("{}, through {through}", driver.name())),
            (None, false) => Some(through),
            (None, true) => None,
        };
        let server = named.server.as_ref().map(|server| match named.completed {
            true => format!("{server} (its suffix is a guess: only Azure SQL words it so)"),
            false => server.clone(),
        });
        let ids = (!named.ids.is_empty()).then(|| named.ids.join(", "));
        [
            ("Written by", driver),
            (
                "It happened",
                self.phase.map(|phase| phase.words().to_owned()),
            ),
            ("Server", server),
            ("Database", named.database.clone()),
            ("Routed to", named.routed.clone()),
            ("Client", named.client_address.clone()),
            ("For support", ids),
        ]
        .into_iter()
        .filter_map(|(label, value)| value.map(|value| (label, value)))
        .collect()
    }

    /// What was left out of it, in sentences.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.cut {
            notes.push("The text was longer; only its first 256 KiB were read.".to_owned());
        }
        if self.secrets > 0 {
            notes.push(format!(
                "Secrets in the text: {}. They are not repeated here; change them if others have seen it.",
                self.secrets
            ));
        }
        notes
    }
}

impl Said {
    /// What happened, how often, and where the connection was.
    #[must_use]
    pub fn sentence(&self) -> String {
        let count = match self.count {
            1 => String::new(),
            count => format!(" Said {count} times."),
        };
        let phase = self
            .phase
            .map(|phase| format!(" This was {}.", phase.words()));
        format!(
            "{}{}{count}",
            self.sign.sentence(),
            phase.unwrap_or_default()
        )
    }
}

impl Number {
    /// Whose it is, what it is called, what lies behind it, and what to do.
    #[must_use]
    pub fn sentence(&self) -> String {
        let whose = self.kind.title();
        let mut text = match (self.name.is_empty(), self.worded) {
            (true, _) => whose.to_owned(),
            (false, true) => format!("{whose}: {}, by its words", self.name),
            (false, false) => format!("{whose}: {}", self.name),
        };
        if let Some(state) = self.state {
            text.push_str(&format!(", state {state}"));
        }
        if self.count > 1 {
            text.push_str(&format!(", {} times", self.count));
        }
        text.push('.');
        let action = (self.kind == NumberKind::Server).then_some(self.action);
        for more in [self.means.as_str(), action.unwrap_or_default()] {
            if !more.is_empty() {
                text.push_str(&format!(" {more}"));
            }
        }
        text
    }
}

impl Suggestion {
    /// What it needs and how long it takes, in sentences.
    #[must_use]
    pub fn needs(&self) -> Vec<String> {
        let mut needs = Vec::new();
        if self.needs_login {
            needs.push("It has to sign in: what lasts begins once the login went well.".to_owned());
        }
        if self.lasts_ms > 0 {
            let time = duration(self.lasts_ms.saturating_mul(1_000));
            needs.push(format!(
                "It lasts about {time} longer than a usual run; it can be left alone, and stopped."
            ));
        }
        needs
    }

    /// Its parts in a few words each.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.parts.iter().map(|part| part.trial.name()).collect()
    }
}

impl Trial {
    /// In a few words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "The usual run",
            Self::Logins(_) => "Several logins",
            Self::Ladder(_) => "Idle ladder",
            Self::Heartbeat => "Heartbeat",
            Self::RetryLoop => "Retry loop",
            Self::DataFlow => "Data flow",
            Self::Capacity => "Capacity",
            Self::Path => "Path",
            Self::RedirectSample => "Redirect sample",
            Self::Revocation => "Revocation",
            Self::SignInHosts => "Sign-in hosts",
            Self::NetworkTrace => "Network trace",
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::decode;

    #[test]
    fn a_text_is_told_in_sentences() {
        let text = "Database 'orders' on server 'contoso' is not currently available.  Please retry the connection later. \
                    Error Number:40613,State:1,Class:20 Microsoft.Data.SqlClient password=x";
        let decoded = decode(text);
        let facts: Vec<String> = decoded
            .facts()
            .iter()
            .map(|(label, value)| format!("{label}: {value}"))
            .collect();
        assert_eq!(
            facts,
            [
                "Written by: Microsoft.Data.SqlClient",
                "It happened: at the login",
                "Server: tcp:contoso.database.windows.net,1433 (its suffix is a guess: only Azure SQL words it so)",
                "Database: orders",
            ]
        );
        let number = decoded.numbers.first().expect("a number").sentence();
        assert!(
            number
                .starts_with("SQL Server: database not currently available, state 1. The database"),
            "{number}"
        );
        assert_eq!(decoded.notes().len(), 1);
        let run = decoded.run.expect("a run");
        assert!(run.needs_login && run.names().contains(&"Retry loop") && run.needs().len() == 2);
    }
}
