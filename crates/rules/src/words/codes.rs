//! One sentence for every failure code: what was seen, not what it means.

use model::FailureCode;

/// What a code says, as a sentence.
#[must_use]
pub fn code_sentence(code: &FailureCode) -> String {
    let text = match code {
        FailureCode::NameNotFound => "The name does not exist, says this source.",
        FailureCode::NameNoAddress => "The name exists but has no address.",
        FailureCode::DnsServerFailure => "The resolver answered that it failed (SERVFAIL).",
        FailureCode::DnsRefused => "The resolver refused to answer.",
        FailureCode::DnsTimeout => "The resolver did not answer in time.",
        FailureCode::DnsError => "The look-up failed.",
        FailureCode::TcpRefused => "The connection was refused at once.",
        FailureCode::TcpTimeout => "The connection request got no answer.",
        FailureCode::TcpUnreachable => "There is no route to this address.",
        FailureCode::TcpReset => "The connection was reset as soon as it stood.",
        FailureCode::NoLocalPort => {
            "This host has no free port, or no address of this family, to connect from."
        }
        FailureCode::TcpError => "The connection could not be made.",
        FailureCode::PreloginNoReply => "PRELOGIN got no answer.",
        FailureCode::PreloginClosed => {
            "The peer closed the connection instead of answering PRELOGIN."
        }
        FailureCode::PreloginReset => "The connection was reset in answer to PRELOGIN.",
        FailureCode::NotSqlServer => "What answered does not speak the protocol of SQL Server.",
        FailureCode::PreloginMalformed => "The answer to PRELOGIN cannot be read.",
        FailureCode::EncryptionNotOffered => "The server says that it does not support encryption.",
        FailureCode::TlsNoReply => "The TLS handshake got no answer, or stopped half way.",
        FailureCode::TlsClosed => "The peer closed the connection during the TLS handshake.",
        FailureCode::TlsReset => "The connection was reset during the TLS handshake.",
        FailureCode::TlsAlert => "The server ended the TLS handshake with an alert.",
        FailureCode::TlsNameMismatch => "The certificate is for another name.",
        FailureCode::TlsExpired => "The certificate's time is over.",
        FailureCode::TlsNotYetValid => "The certificate's time has not come.",
        FailureCode::TlsUntrusted => "No root that this host trusts signs the certificate.",
        FailureCode::TlsError => "The TLS handshake failed.",
        FailureCode::LoginNoReply => "The login got no answer.",
        FailureCode::ClosedDuringLogin => {
            "The peer closed the connection instead of answering the login."
        }
        FailureCode::ResetDuringLogin => "The connection was reset in answer to the login.",
        FailureCode::LoginRejected => "The server answered the login with an error.",
        FailureCode::LoginMalformed => "The answer to the login cannot be read to its end.",
        FailureCode::RedirectLoop => "The server routes back to where this run has been.",
        FailureCode::TooManyRedirects => "More redirects than are followed.",
        FailureCode::RedirectFailed => "The place it was routed to could not be used.",
        FailureCode::QueryFailed => "The query failed.",
        FailureCode::ObjectsLeft => {
            "Something that the run made on the server could not be taken away yet."
        }
        FailureCode::QueryTimeout => "The query was not answered in time.",
        FailureCode::QueryClosed => "The peer closed the connection that queries went over.",
        FailureCode::QueryReset => "The connection that queries went over was reset.",
        FailureCode::MasterKeyMissing => {
            "Not tried: there is no master key in master, and none may be made."
        }
        FailureCode::AgentServiceStopped => "Not tried: SQL Server Agent does not run.",
        FailureCode::PermissionMissing => "Not tried: the login may not do what it needs.",
        FailureCode::PortTaken => "Not tried: something else has the port.",
        FailureCode::ServerUnfit => "Not tried: this server cannot do it.",
        FailureCode::NameTaken => "Something of that name was there before; it was left alone.",
        FailureCode::JobNeverEnded => "The job did not end in time.",
        FailureCode::OddAnswer => "What the server said of itself makes no sense.",
        FailureCode::LegFailed => "A server could not connect to the other.",
        FailureCode::DriverPanicked => "The driver that sends the query crashed; the run went on.",
        FailureCode::PolicyRefused => "This agent may not connect there. Nothing was sent.",
        FailureCode::SecretRefused => "The sealed password was not for this run. Nothing was sent.",
        FailureCode::LoginBudgetSpent => {
            "Three logins failed in the last ten minutes. No further one was sent."
        }
        FailureCode::BrowserNoReply => "SQL Browser did not answer.",
        FailureCode::InstanceNotFound => {
            "SQL Browser knows no such instance, or it listens on no TCP port."
        }
        FailureCode::BrowserMalformed => "SQL Browser's answer cannot be read.",
        FailureCode::DatabaseNotListed => "The server does not list this database for this login.",
        FailureCode::TokenRefused => "The token service gave no token.",
        FailureCode::TokenTimeout => "No token came in time.",
        FailureCode::TokenUnreachable => "The token service could not be reached.",
        FailureCode::TokenMalformed => "The token service's answer cannot be read.",
        FailureCode::HttpStatus => "HTTP answered, but not with success.",
        FailureCode::AnswerMalformed => "The answer cannot be read.",
        FailureCode::AnswerTimeout => "The connection was made, and no whole answer came in time.",
        FailureCode::TicketMissing => "This host holds no Kerberos ticket that is valid.",
        FailureCode::TicketRefused => "The domain gave no ticket for the server's SPN.",
        FailureCode::TicketClockSkew => "Kerberos says that two clocks differ too much.",
        FailureCode::KdcUnreachable => "No key distribution centre of the domain could be reached.",
        FailureCode::TicketError => "Kerberos failed.",
        FailureCode::NotPermitted => "Not tried: the system does not allow it to the agent.",
        FailureCode::NotBuiltIn => "Not tried: this agent was built without it.",
        FailureCode::Cancelled => "Ended because the run was cancelled.",
        FailureCode::DeadlinePassed => "Ended because the run's time was over.",
        FailureCode::NoCredentials => "Not tried: no credentials were given.",
        FailureCode::NotReached => "Not tried: the step before it did not get there.",
        FailureCode::DoneElsewhere => "Not tried here: another address already did it.",
        FailureCode::NotAsked => "Not tried: the options leave it out.",
        FailureCode::NotAvailable => "Not tried: it is not to be had here.",
        FailureCode::Internal => "Our own fault: the agent failed here.",
        FailureCode::Other(code) => {
            return format!(
                "A reason that this version does not know: {}.",
                super::one_line(code, 60)
            );
        }
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::code_sentence;
    use model::FailureCode;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_has_a_sentence_of_its_own() {
        let all: BTreeSet<String> = FailureCode::KNOWN.iter().map(code_sentence).collect();
        assert_eq!(all.len(), FailureCode::KNOWN.len());
        assert!(all.iter().all(|text| text.ends_with('.')));
        let newer = FailureCode::Other("from_the_future".into());
        assert!(code_sentence(&newer).contains("from_the_future"));
    }
}
