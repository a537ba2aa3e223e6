//! `tcp_timeout`: the connection requests get no answer at any address.
//!
//! Likely, not proven: what drops them cannot be seen from one end.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use model::{Confidence, FailureCode, Finding, Owner};
use target::Kind;

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped_first(Stage::Connect, &FailureCode::TcpTimeout)?;
    let wait = stop
        .step()
        .map(|step| common::took(&step))
        .unwrap_or_default();
    let server = common::server_at(case, 0);
    let mut draft = Draft::problem("tcp_timeout", Owner::Network)
        .title(format!("{server} gets no reply."))
        .because(common::by_address(stop))
        .because(format!(
            "Each try waited {wait}. Silence, not a refusal: a firewall, a security group or a wrong route drops \
             the connection, or the address is not in use."
        ))
        .sure(if stop.mixed {
            Confidence::Possible
        } else {
            Confidence::Likely
        })
        .then(common::open_the_way(case))
        .then(if case.kind().is_some_and(Kind::is_managed_instance) {
            "Check that replies take the same way back: a user-defined route for 0.0.0.0/0 on the instance's subnet or \
             on this host's sends them elsewhere."
        } else {
            ""
        })
        .then(
            "If other hosts reach it, compare their route and address: a private endpoint or a hosts file may send \
             this host elsewhere.",
        )
        .then("Then run again from this agent.")
        .link(if case.is_azure() {
            links::ARCHITECTURE
        } else {
            links::CONNECTIVITY
        });
    if case.kind() == Some(Kind::ManagedInstancePublic) {
        draft = draft.link(links::MI_PUBLIC_ENDPOINT);
    } else if !case.is_azure() {
        draft = draft.link(links::SERVER_FIREWALL);
    }
    for step in &stop.steps {
        draft = draft.rests_on_all(step);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_no};
    use model::{Confidence::*, EventBody, FailureCode::*, Outcome};

    #[test]
    fn every_address_is_silent() {
        let log = Log::new()
            .dns("system", Ok(&["20.61.99.193"]))
            .taking(5_000)
            .tcp("20.61.99.193:1433", Some(TcpTimeout))
            .finish();
        let verdict = expect(&log, "tcp_timeout", Likely, Outcome::Problem);
        assert_eq!(
            verdict.title,
            "contoso.database.windows.net:1433 gets no reply."
        );
        assert!(
            verdict.explanation.contains("(5 of 5)"),
            "{}",
            verdict.explanation
        );
        assert!(
            verdict.explanation.contains("5 s"),
            "{}",
            verdict.explanation
        );
    }

    #[test]
    fn the_advice_knows_the_region_and_the_kind() {
        let first = |log: Log| {
            expect(&log.finish(), "tcp_timeout", Likely, Outcome::Problem).recommendation[0].clone()
        };
        let known = Log::new().tcp("20.36.105.33:1433", Some(TcpTimeout));
        assert!(first(known).contains("Sql.AustraliaCentral"));
        let public =
            Log::to("mi.public.0a1b.database.windows.net").tcp("9.9.9.9:3342", Some(TcpTimeout));
        assert!(first(public).contains("inbound TCP 3342"));
        let own = Log::to("sql01,1500").tcp("10.1.1.1:1500", Some(TcpTimeout));
        assert!(first(own).contains("TCP 1500"));
    }

    #[test]
    fn connects_cut_off_by_a_cancel_prove_nothing() {
        let log = Log::new()
            .tcp("20.61.99.193:1433", Some(TcpTimeout))
            .tcp("20.61.99.194:1433", Some(Cancelled))
            .event(EventBody::RunFinished { cancelled: true });
        expect_no(&log, "tcp_timeout");
    }
}
