//! One drill: what is asked for, what is done to it, and what has to be said of that.

use super::gate::By;
use super::ground::Ground;
use super::heard::Heard;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use model::lasting::Lasting;
use model::{Confidence, Finding, Options, Owner};
use std::time::Duration;

/// What happens while a run lasts.
pub(super) type Act = for<'a> fn(&'a Ground, &'a Heard) -> BoxFuture<'a, ()>;

/// A server of one's own.
pub(super) const OWN: &str = "sql1.corp.example";
/// One of Azure SQL.
pub(super) const AZURE: &str = "contoso.database.windows.net";
/// Longer than any drill.
const NEVER: Duration = Duration::from_secs(24 * 3_600);

/// A drill. What is not said stands in [`DRILL`].
pub(super) struct Drill {
    /// In a few words, as the table prints it.
    pub(super) name: &'static str,
    /// Whom the run is for.
    pub(super) host: &'static str,
    pub(super) login: bool,
    pub(super) trace: bool,
    pub(super) options: fn() -> Options,
    pub(super) lasting: fn() -> Lasting,
    /// Idle times are told so many times longer.
    pub(super) scale: u64,
    /// The server itself closes sessions that ask nothing for so long.
    pub(super) session_idle: Duration,
    /// The gate before it ends connections that carry no bytes for so long.
    pub(super) gate_idle: Option<(Duration, By)>,
    /// Before the run.
    pub(super) before: fn(&Ground),
    /// Meanwhile.
    pub(super) act: Act,
    /// Made by the program as it is shipped, not by the engine in this process: then it is not heard what it says.
    pub(super) program: Option<Program>,
    /// What has to be on top.
    pub(super) verdict: &'static str,
    /// What may be on top instead.
    pub(super) or: Option<&'static str>,
    /// How sure; `None`: either is right.
    pub(super) sure: Option<Confidence>,
    pub(super) owner: Option<Owner>,
    /// Words of the verdict.
    pub(super) says: &'static [&'static str],
    /// What has to stand beside it.
    pub(super) beside: &'static [&'static str],
    /// What else is so, and may be called proven.
    pub(super) proven: &'static [&'static str],
    /// What is wrong with the facts.
    pub(super) check: fn(&Heard) -> Option<String>,
}

/// How the shipped program makes a run.
pub(super) struct Program {
    /// Words before its name: variables, and programs that start it.
    pub(super) before: fn(&Ground) -> Vec<String>,
    /// What is asked for.
    pub(super) arguments: &'static [&'static str],
}

/// Nothing is wrong with a server of one's own, and somebody logs in.
pub(super) const DRILL: Drill = Drill {
    name: "",
    host: OWN,
    login: true,
    trace: false,
    options: Options::default,
    lasting: Lasting::default,
    scale: 1,
    session_idle: NEVER,
    gate_idle: None,
    before: |_| {},
    act: |_, _| async {}.boxed(),
    program: None,
    verdict: "healthy",
    or: None,
    sure: Some(Confidence::Proven),
    owner: None,
    says: &[],
    beside: &[],
    proven: &[],
    check: |_| None,
};

impl Drill {
    /// Makes it once; what is wrong with what came of it.
    pub(super) async fn make(&self) -> Came {
        let ground = Ground::of(self).await;
        (self.before)(&ground);
        let heard = ground.heard();
        let run = async {
            match &self.program {
                Some(program) => ground.check(program).await,
                None => {
                    ground.run(heard.clone()).await;
                    heard.judged().findings
                }
            }
        };
        let mut act = (self.act)(&ground, &heard).fuse();
        futures::pin_mut!(run);
        let findings = tokio::select! {
            () = &mut act => run.await,
            _ = &mut run => panic!("it was over before everything was done to it"),
        };
        Came {
            wrong: self.wrong(&findings, &heard),
            wrong_proven: self.wrong_proven(&findings),
        }
    }

    /// What is wrong; the verdict stands first.
    fn wrong(&self, findings: &[Finding], heard: &Heard) -> Option<String> {
        let verdict = findings.first()?;
        let codes: Vec<&str> = findings.iter().map(|one| one.code.as_str()).collect();
        let words = format!("{} {}", verdict.title, verdict.explanation);
        let missing = |part: &&&str| !words.contains(**part);
        let absent = |code: &&&str| !codes.contains(*code);
        if self.or == Some(verdict.code.as_str()) {
            None
        } else if verdict.code != self.verdict {
            Some(format!("{codes:?}: {words} {:#?}", heard.rungs()))
        } else if self.sure.is_some_and(|sure| sure != verdict.confidence) {
            Some(format!("{:?}: {words}", verdict.confidence))
        } else if self.owner.is_some_and(|owner| owner != verdict.owner) {
            Some(format!("{:?}: {words}", verdict.owner))
        } else if let Some(part) = self.says.iter().find(missing) {
            Some(format!("no “{part}” in {words}"))
        } else if let Some(code) = self.beside.iter().find(absent) {
            Some(format!("no {code} in {codes:?}"))
        } else {
            (self.check)(heard)
        }
    }

    fn wrong_proven(&self, findings: &[Finding]) -> Vec<String> {
        let may_be = self.sure != Some(Confidence::Likely);
        let untrue = findings.iter().filter(|one| {
            let code = one.code.as_str();
            // That the login worked is so in all of them that have it.
            one.confidence == Confidence::Proven
                && code != "healthy"
                && !(code == self.verdict && may_be)
                && !self.proven.contains(&code)
        });
        untrue.map(|one| one.code.clone()).collect()
    }
}

/// What came of a drill.
pub(super) struct Came {
    pub(super) wrong: Option<String>,
    pub(super) wrong_proven: Vec<String>,
}
