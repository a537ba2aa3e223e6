//! What an operation of a series came to nothing by: taken from the facts that were kept aside, since the log is not
//! told them all.

use super::held_connection::Lost;
use crate::failure::Failure;
use crate::login::LOGIN_FAILED;
use crate::record::{Aside, bounded};
use model::lasting::{ErrorNumber, Standing};
use model::{FailureCode, Observation, Phase};

const DETAIL_CHARS: usize = 1_000;
const MOST_ERRORS: usize = 10;

/// Numbers of a login that is refused for its user or password: another try can lock the account.
const REFUSED: [i32; 6] = [LOGIN_FAILED, 18_452, 18_470, 18_486, 18_487, 18_488];

/// Whether that error refuses the user or the password.
pub(super) fn is_refusal(number: i32) -> bool {
    REFUSED.contains(&number)
}

/// Why, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) code: FailureCode,
    pub(crate) detail: Option<String>,
    pub(crate) phase: Phase,
    pub(crate) endpoint: Option<String>,
    pub(crate) local: Option<String>,
    pub(crate) errors: Vec<ErrorNumber>,
}

impl Trouble {
    /// A session that could not be opened.
    pub(crate) fn opening(failure: Failure, aside: &Aside) -> Self {
        let mut trouble = Self {
            phase: phase_of(&failure.code),
            code: failure.code,
            detail: failure.detail.map(|text| bounded(&text, DETAIL_CHARS)),
            endpoint: None,
            local: None,
            errors: Vec::new(),
        };
        for fact in aside.take() {
            match fact {
                Observation::ServerError(error) if trouble.errors.len() < MOST_ERRORS => {
                    trouble.errors.push(ErrorNumber {
                        number: error.number,
                        state: error.state,
                        class: error.class,
                    });
                }
                Observation::Closed(closing) => {
                    trouble.phase = closing.last_phase;
                    trouble.endpoint = Some(closing.endpoint);
                    trouble.local = Some(closing.local);
                }
                _ => {}
            }
        }
        trouble
    }

    /// A query that was not answered, or a session that ended while none was asked.
    pub(crate) fn losing(lost: &Lost) -> Self {
        let code = match lost.standing {
            Standing::Silent => FailureCode::QueryTimeout,
            Standing::Fin => FailureCode::QueryClosed,
            Standing::Reset => FailureCode::QueryReset,
            Standing::GivenUp => FailureCode::TcpTimeout,
            Standing::Unasked | Standing::Alive => FailureCode::QueryFailed,
        };
        Self {
            code,
            detail: lost.why.as_deref().map(|why| bounded(why, DETAIL_CHARS)),
            phase: Phase::Query,
            endpoint: None,
            local: None,
            errors: Vec::new(),
        }
        .with_errors(&lost.errors)
    }

    /// A query that was answered with an error.
    pub(crate) fn told(errors: &[tds::token::ServerMessage]) -> Self {
        Self {
            code: FailureCode::QueryFailed,
            detail: None,
            phase: Phase::Query,
            endpoint: None,
            local: None,
            errors: Vec::new(),
        }
        .with_errors(errors)
    }

    fn with_errors(mut self, errors: &[tds::token::ServerMessage]) -> Self {
        let numbers = errors.iter().take(MOST_ERRORS).map(|error| ErrorNumber {
            number: error.number,
            state: error.state,
            class: error.class,
        });
        self.errors.extend(numbers);
        let text = errors
            .first()
            .map(|error| bounded(&error.text, DETAIL_CHARS));
        self.detail = self.detail.or(text);
        self
    }

    /// Of a connection with these ends.
    pub(crate) fn between(mut self, local: &str, endpoint: impl ToString) -> Self {
        self.local = Some(local.to_owned());
        self.endpoint = Some(endpoint.to_string());
        self
    }

    /// The number that explains it: the first that says more than "login failed".
    pub(crate) fn number(&self) -> Option<i32> {
        let mut numbers = self.errors.iter().map(|error| error.number);
        let first = numbers.clone().next();
        numbers.find(|number| *number != LOGIN_FAILED).or(first)
    }

    /// Whether every further try would come to the same, or could lock an account.
    pub(crate) fn is_final(&self) -> bool {
        match self.code {
            FailureCode::LoginBudgetSpent
            | FailureCode::PolicyRefused
            | FailureCode::TokenRefused
            | FailureCode::SecretRefused => true,
            FailureCode::LoginRejected => self
                .errors
                .first()
                .is_some_and(|error| is_refusal(error.number)),
            _ => false,
        }
    }

    /// As a reason to stop.
    pub(crate) fn into_failure(self) -> Failure {
        Failure {
            code: self.code,
            detail: self.detail,
        }
    }
}

/// Where a session fails by this code, when no connection tells.
fn phase_of(code: &FailureCode) -> Phase {
    let text = code.as_str();
    if text.starts_with("name_") || text.starts_with("dns_") {
        Phase::Dns
    } else {
        Phase::Tcp
    }
}

#[cfg(test)]
mod tests {
    use super::Trouble;
    use crate::failure::Failure;
    use crate::lasting::held_connection::Lost;
    use crate::record::Aside;
    use model::lasting::Standing;
    use model::{FailureCode, Phase};

    #[test]
    fn without_a_connection_the_code_tells_the_phase() {
        let opening = |code: FailureCode| {
            Trouble::opening(Failure { code, detail: None }, &Aside::default()).phase
        };
        assert_eq!(opening(FailureCode::NameNotFound), Phase::Dns);
        assert_eq!(opening(FailureCode::DnsTimeout), Phase::Dns);
        assert_eq!(opening(FailureCode::TcpRefused), Phase::Tcp);
    }

    #[test]
    fn what_ends_a_series() {
        let error = |number| tds::token::ServerMessage {
            number,
            state: 1,
            class: 14,
            text: "no".into(),
            server: String::new(),
            procedure: String::new(),
            line: 1,
        };
        let rejected = |numbers: &[i32]| Trouble {
            code: FailureCode::LoginRejected,
            ..Trouble::told(&numbers.iter().map(|n| error(*n)).collect::<Vec<_>>())
        };
        assert!(rejected(&[18_456]).is_final());
        assert!(!rejected(&[4_060, 18_456]).is_final());
        assert!(!rejected(&[40_613]).is_final());
        assert_eq!(rejected(&[18_456, 40_613]).number(), Some(40_613));
        assert_eq!(rejected(&[18_456]).number(), Some(18_456));
        let spent = Failure::new(FailureCode::LoginBudgetSpent, "");
        assert!(Trouble::opening(spent, &Aside::default()).is_final());
    }

    #[test]
    fn how_a_session_was_lost_is_a_code() {
        let lost = |standing| {
            Trouble::losing(&Lost {
                standing,
                why: None,
                errors: Vec::new(),
            })
            .code
        };
        assert_eq!(lost(Standing::Silent), FailureCode::QueryTimeout);
        assert_eq!(lost(Standing::Fin), FailureCode::QueryClosed);
        assert_eq!(lost(Standing::Reset), FailureCode::QueryReset);
    }
}
